// Loads the files of the command, and keeps what V8 compiled of them while the command ran for its next run. Node.js's own
// compile cache holds only what V8 compiles before anything runs. See docs/adr/0011-files-of-the-command.md.
const fs = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const head = '(function (require, module, exports, __filename, __dirname) {';
const tail = '\n})';
/** V8 copies what begins elsewhere. */
const alignment = 8;

/**
 * Returns the `require` of the command's files. `read` returns the bytes of a file in `folder`, which are ASCII; `outer`
 * loads everything else. `kept` is the file for compiled code, or undefined: only the owner of the command's files may be
 * able to write to its folder, since what is in it is run. A sum of each source and its code shows what is stale or damaged.
 */
function loaderOf({ read, folder, outer, kept }) {
  // Loading zlib would take longer than all of a run that keeps nothing.
  const crc32 = kept === undefined ? () => 0 : require('node:zlib').crc32;
  const before = kept === undefined ? new Map() : readKept(kept);
  const modules = new Map();
  const loaded = new Map();
  let isNew = false;

  function load(id) {
    if (!id.startsWith('./')) return outer(id);
    const known = modules.get(id);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules.set(id, module);
    const name = id.slice('./'.length);
    const filename = join(folder, name);
    const bytes = read(name);
    const source = crc32(bytes);
    const entry = before.get(name);
    const isKept = entry?.source === source && crc32(entry.code) === entry.sum;
    const script = new Script(head + bytes.latin1Slice() + tail, {
      filename,
      columnOffset: -head.length,
      ...(isKept ? { cachedData: entry.code } : {}),
    });
    // V8 rejects the code of another release or with other options.
    isNew ||= !isKept || script.cachedDataRejected;
    loaded.set(name, { source, script });
    script.runInThisContext()(load, module, module.exports, filename, folder);
    return module.exports;
  }

  if (kept !== undefined) {
    // After a failure less was compiled than a run needs.
    process.once('exit', (code) => {
      if (isNew && code === 0) keep(kept, () => packed(before, loaded, crc32));
    });
  }
  return load;
}

/** The file is a line of JSON, `[[name, sum of the source, sum of the code, bytes of the code], ...]`, and then the code. */
function readKept(file) {
  const entries = new Map();
  try {
    const bytes = fs.readFileSync(file);
    let at = bytes.indexOf('\n') + 1;
    for (const [name, source, sum, size] of JSON.parse(bytes.latin1Slice(0, at))) {
      entries.set(name, { source, sum, code: bytes.subarray(at, at + size) });
      at += padded(size);
    }
  } catch {
    // Not there yet, or not readable: everything is compiled.
  }
  return entries;
}

/** Where nothing can be kept, starting takes longer, and that is all. */
function keep(file, pack) {
  const folder = dirname(file);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
    fs.accessSync(folder, fs.constants.W_OK);
  } catch {
    return;
  }
  const temporary = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(temporary, pack(), { flag: 'wx', mode: 0o644 });
    fs.renameSync(temporary, file);
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}

/** What another run of the command loaded stays. */
function packed(before, loaded, crc32) {
  const entries = new Map(before);
  for (const [name, { source, script }] of loaded) {
    const code = script.createCachedData();
    entries.set(name, { source, sum: crc32(code), code });
  }
  const list = JSON.stringify(
    [...entries].map(([name, { source, sum, code }]) => [name, source, sum, code.length]),
  );
  const parts = [Buffer.from(`${list.padEnd(padded(list.length + 1) - 1)}\n`)];
  for (const { code } of entries.values()) {
    parts.push(code, Buffer.alloc(padded(code.length) - code.length));
  }
  return Buffer.concat(parts);
}

function padded(size) {
  return Math.ceil(size / alignment) * alignment;
}

/**
 * Returns the name for the compiled code of a command line: one for each subcommand, which loads what others do not;
 * undefined for the version, which needs almost no code.
 */
function keptName([word = '']) {
  if (['--version', '-V', 'version'].includes(word)) return undefined;
  return /^[a-z]{1,20}$/.test(word) ? word : 'options';
}

module.exports = { keptName, loaderOf };
