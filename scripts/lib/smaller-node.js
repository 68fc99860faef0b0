// Makes Node.js smaller without running it: leaves out what the command does not use. See docs/adr/0037-programs.md.

/** Returns a copy of an ELF executable (64-bit, little-endian) without what the loader does not load: symbols, debug data. */
export function withoutSymbols(program) {
  if (program.toString('latin1', 0, 6) !== '\x7fELF\x02\x01')
    throw new Error('not a 64-bit little-endian ELF file');
  const sections = sectionsOf(program);
  const names = sections[program.readUInt16LE(62)];
  const isKept = ({ type, flags }, index) =>
    index === 0 || (flags & allocated) !== 0n || type === 0;
  const kept = sections.filter((section, index) => isKept(section, index));
  const end = Math.max(
    ...kept.map(({ type, offset, size }) => offset + (type === noBits ? 0 : size)),
    ...segmentsOf(program).map(({ offset, size }) => offset + size),
  );
  const nameTable = Buffer.from(program.subarray(names.offset, names.offset + names.size));
  const nameOffset = aligned(end);
  const tableOffset = aligned(nameOffset + nameTable.length);
  const result = Buffer.alloc(tableOffset + (kept.length + 1) * headerBytes);
  program.copy(result, 0, 0, end);
  nameTable.copy(result, nameOffset);
  const all = [...kept, names];
  const place = new Map(all.map(({ index }, at) => [index, at]));
  all.forEach((section, at) => {
    const header = tableOffset + at * headerBytes;
    section.header.copy(result, header);
    // Another section, for which there is a new number.
    result.writeUInt32LE(place.get(section.link) ?? 0, header + 40);
    if ((section.flags & infoLink) !== 0n)
      result.writeUInt32LE(place.get(section.info) ?? 0, header + 44);
    if (section === names) result.writeBigUInt64LE(BigInt(nameOffset), header + 24);
  });
  result.writeBigUInt64LE(BigInt(tableOffset), 40);
  result.writeUInt16LE(all.length, 60);
  result.writeUInt16LE(all.length - 1, 62);
  return result;
}

/** Names and values of the System V ABI, chapter 4. */
const headerBytes = 64;
const allocated = 2n;
const infoLink = 0x40n;
const noBits = 8;

function sectionsOf(program) {
  const start = Number(program.readBigUInt64LE(40));
  return Array.from({ length: program.readUInt16LE(60) }, (_, index) => {
    const header = program.subarray(start + index * headerBytes, start + (index + 1) * headerBytes);
    return {
      index,
      header,
      type: header.readUInt32LE(4),
      flags: header.readBigUInt64LE(8),
      offset: Number(header.readBigUInt64LE(24)),
      size: Number(header.readBigUInt64LE(32)),
      link: header.readUInt32LE(40),
      info: header.readUInt32LE(44),
    };
  });
}

function segmentsOf(program) {
  const start = Number(program.readBigUInt64LE(32));
  const size = program.readUInt16LE(54);
  return Array.from({ length: program.readUInt16LE(56) }, (_, index) => ({
    offset: Number(program.readBigUInt64LE(start + index * size + 8)),
    size: Number(program.readBigUInt64LE(start + index * size + 32)),
  }));
}

function aligned(offset) {
  return Math.ceil(offset / 16) * 16;
}

/**
 * Removes data of ICU in place: other languages than English and Chinese, encodings other than those of Unicode, Windows
 * and GB 18030, transliteration, Chinese sort orders, and dictionaries for cutting text into words. It is zeroed, so it takes no room when
 * compressed; ICU then falls back to its root data, as in builds of Node.js with small-icu. Returns the number of bytes removed.
 */
export function removeLanguages(program) {
  const table = findTable(program);
  const count = program.readUInt32LE(table);
  const entries = Array.from({ length: count }, (_, index) => {
    const at = table + 4 + index * 8;
    const name = program.readUInt32LE(at);
    const text = program.toString('latin1', table + name, program.indexOf(0, table + name));
    return { name, text: text.slice(text.indexOf('/') + 1), data: program.readUInt32LE(at + 4) };
  });
  const kept = entries.filter(({ text }) => isNeeded(text));
  let removed = 0;
  entries.forEach(({ text, data }, index) => {
    const next = entries[index + 1];
    // The end of the last one is not known, so it stays.
    if (isNeeded(text) || next === undefined) return;
    program.fill(0, table + data, table + next.data);
    removed += next.data - data;
  });
  program.writeUInt32LE(kept.length, table);
  kept.forEach(({ name, data }, index) => {
    program.writeUInt32LE(name, table + 4 + index * 8);
    program.writeUInt32LE(data, table + 8 + index * 8);
  });
  return removed;
}

/**
 * Removes the WebAssembly with which Node.js reads TypeScript, in place. It is text, base64 in one of Node's own modules
 * (deps/amaro), which is loaded only for files in TypeScript. Returns the number of bytes removed.
 */
export function removeTypeScript(program) {
  const before = 'var bytes = Buffer2.from("';
  const start = program.indexOf(`${before}AGFzbQ`) + before.length;
  const end = program.indexOf('"', start);
  const length = end - start;
  if (start < before.length || length < 1_000_000 || length > 10_000_000)
    throw new Error('this Node.js has no reader of TypeScript, or in an unknown form');
  program.fill('A', start, end);
  return length;
}

/** Finds the table of contents of ICU's common data (icu4c, ucmndata.h) by its header. */
function findTable(program) {
  for (let at = program.indexOf('CmnD'); at !== -1; at = program.indexOf('CmnD', at + 1)) {
    const start = at - 12;
    if (program.readUInt16BE(start + 2) === 0xda27) return start + program.readUInt16LE(start);
  }
  throw new Error('this Node.js has no data of ICU, or in an unknown form');
}

function isNeeded(path) {
  if (/\.dict$|^(?:translit|rbnf)\/|^coll\/zh|^unames\.icu$/.test(path)) return false;
  if (path.endsWith('.cnv')) return /^(?:gb18030|windows)-/.test(path);
  const [, locale] = /^(?:[a-z]+\/)?([a-z]{2,3}(?:_\w+)?)\.res$/.exec(path) ?? [];
  return locale === undefined || locale === 'res_index' || /^(?:en|zh)(?:_|$)/.test(locale);
}
