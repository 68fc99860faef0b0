import type { Reading } from '../package.ts';
import { Collector } from './fields.ts';

// Go puts a header of 32 bytes into its programs, at a multiple of 16: the magic, then the size of a pointer, then flags.
// Since Go 1.18 two strings follow, each after its length as a varint: the version of Go, and the modules between two
// marks of 16 bytes. Before that the header points to strings elsewhere in the program. (Go, debug/buildinfo.)

export const goMagic = Buffer.from('\xff Go buildinf:', 'latin1');
export const goHeaderBytes = 32;
const markBytes = 16;

/** Returns how many bytes the build information takes from its magic on, as far as `bytes` tell; undefined: more are needed. */
export function goInfoBytes(bytes: Buffer): number | undefined {
  if (bytes.length < goHeaderBytes) return undefined;
  if (((bytes[15] ?? 0) & 2) === 0) return goHeaderBytes;
  const version = varint(bytes, goHeaderBytes);
  if (version === undefined) return undefined;
  const modules = varint(bytes, version.next + version.value);
  return modules === undefined ? undefined : modules.next + modules.value;
}

function varint(bytes: Buffer, start: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let at = start, factor = 1; at < bytes.length && at < start + 8; at++, factor *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return bytes.length >= start + 8 ? { value: Number.MAX_SAFE_INTEGER, next: 0 } : undefined;
}

/** Reads the modules of a Go program from its build information, as `go version -m` shows them. */
export function readGo(bytes: Buffer): Reading {
  const found = new Collector();
  if (((bytes[15] ?? 0) & 2) === 0) {
    found.problem('was built with Go before 1.18, whose list of modules is not read');
    return found.reading();
  }
  const version = varint(bytes, goHeaderBytes);
  const modules = version && varint(bytes, version.next + version.value);
  const end = modules && modules.next + modules.value;
  if (version === undefined || modules === undefined || (end ?? 0) > bytes.length) {
    found.problem('has build information of Go that is damaged');
    return found.reading();
  }
  const goVersion = bytes.toString('utf8', version.next, version.next + version.value);
  const [, released] = /^go(\d\S*)/.exec(goVersion) ?? [];
  found.add({ type: 'golang', name: 'stdlib', version: released });
  const text = bytes.toString('utf8', modules.next + markBytes, (end ?? 0) - markBytes);
  const listed: { name: string; version: string | undefined }[] = [];
  for (const line of text.split('\n')) {
    const [kind, name = '', stated] = line.split('\t');
    const known = stated === '(devel)' || stated === '' ? undefined : stated;
    if (kind === 'mod' || kind === 'dep') listed.push({ name, version: known });
    // A replacement follows what it replaces.
    else if (kind === '=>') listed.splice(-1, 1, { name, version: known });
  }
  for (const one of listed) found.add({ type: 'golang', ...one });
  return found.reading();
}
