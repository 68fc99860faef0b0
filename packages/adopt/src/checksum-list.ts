/** A line of a checksum list. */
export interface ListedSum {
  /** As written, without `./` at its beginning. */
  readonly path: string;
  /** Hexadecimal, in lower case. */
  readonly sha256: string;
  /** 1-based. */
  readonly line: number;
}

export interface ParsedList {
  readonly sums: readonly ListedSum[];
  /** What cannot be used, with its line. */
  readonly problems: readonly string[];
}

/** Digits of a sum by its algorithm. */
const otherAlgorithms: Readonly<Record<number, string>> = {
  32: 'MD5',
  40: 'SHA-1',
  56: 'SHA-224',
  96: 'SHA-384',
  128: 'SHA-512',
};

/** Tells by its name whether a file is a checksum list. */
export function isChecksumList(name: string): boolean {
  return (
    /\.(?:sha\d+|md5)(?:sums?)?$/i.test(name) ||
    /^(?:checksums?|(?:sha\d+|md5)(?:-?sums?)?)(?:\.(?:txt|asc))?$/i.test(name)
  );
}

const signatureBegins = '-----BEGIN PGP SIGNATURE-----';

/** Tells by its first bytes whether a file is the detached signature of another, such as `SHA256SUMS.asc`. */
export function isSignature(head: Buffer): boolean {
  return head.toString('latin1').startsWith(signatureBegins);
}

/**
 * Parses a checksum list as `sha256sum`, `shasum` and the BSDs write it, whatever its line ends; of a clear-signed one the
 * text that is signed. `alone` is the file that a sum without a name belongs to.
 */
export function parseChecksumList(bytes: Buffer, alone: string | undefined): ParsedList {
  const sums: ListedSum[] = [];
  const problems: string[] = [];
  for (const { line, text } of signedLines(decoded(bytes).split(/\r\n|\r|\n/))) {
    if (text.trim() === '' || text.startsWith('#')) continue;
    const found = parseLine(text, alone);
    if (typeof found === 'string') problems.push(`line ${line}: ${found}`);
    else sums.push({ ...found, line });
  }
  return { sums, problems };
}

interface Line {
  /** 1-based. */
  readonly line: number;
  readonly text: string;
}

/** Returns the lines of a list; of a clear-signed one only the signed text, unescaped (RFC 9580 §7). */
function signedLines(texts: readonly string[]): Line[] {
  const lines = texts.map((text, index) => ({ line: index + 1, text }));
  const start = texts.findIndex((text) => text.trim() === '');
  if (texts[0]?.trimEnd() !== '-----BEGIN PGP SIGNED MESSAGE-----' || start < 0) return lines;
  const end = texts.findIndex((text) => text.trimEnd() === signatureBegins);
  return lines
    .slice(start, end < 0 ? undefined : end)
    .map(({ line, text }) => ({ line, text: text.replace(/^- /, '') }));
}

/** Returns a path and its sum, or what is wrong with the line. Takes time in proportion to the line, whatever is in it. */
function parseLine(line: string, alone: string | undefined): Omit<ListedSum, 'line'> | string {
  const text = line.trimEnd();
  const bsd = /^([\w-]+) ?\((.+)\) ?= ?([0-9a-fA-F]+)$/s.exec(text);
  const gnu = /^(\\?)([0-9a-fA-F]{32,})(?:[ \t]+\*?(.+))?$/s.exec(text);
  const sum = (bsd?.[3] ?? gnu?.[2] ?? '').toLowerCase();
  if (sum === '') return 'neither a sum nor a comment';
  if (sum.length !== 64) {
    const algorithm = otherAlgorithms[sum.length];
    return algorithm === undefined
      ? `a sum of ${sum.length} digits`
      : `a sum of ${algorithm}, and only SHA-256 is checked`;
  }
  if (bsd !== null && !/^sha-?256$/i.test(bsd[1] ?? '')) return `a sum of ${bsd[1]}`;
  const name = bsd?.[2] ?? gnu?.[3] ?? alone;
  if (name === undefined) return 'a sum without the name of a file';
  const path = gnu?.[1] === '\\' ? unescaped(name) : name;
  return { path: path.replace(/^(?:\.\/)+/, ''), sha256: sum };
}

/** sha256sum begins a line with a backslash if the name has line ends or backslashes, which it then escapes. */
function unescaped(name: string): string {
  return name.replace(/\\([\\nr])/g, (_, letter: string) =>
    letter === 'n' ? '\n' : letter === 'r' ? '\r' : '\\',
  );
}

/** Decodes UTF-8, the UTF-16 of PowerShell, or else GB 18030, in which Chinese Windows writes names. */
function decoded(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}
