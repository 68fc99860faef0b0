import { posix } from 'node:path';
import { unzipSync } from 'fflate';
import { type Reading, sbomLimits } from '../package.ts';
import { Collector, linesOf } from './fields.ts';

const pom = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const manifest = 'META-INF/MANIFEST.MF';
const archive = /\.(?:jar|war|ear|par|sar|hpi|jpi|rar)$/i;

/** Tells whether a file is read as a Java archive, by its name. */
export function isJar(path: string): boolean {
  return archive.test(path);
}

/** Thrown where reading more of an archive would cost too much. */
class TooMuch extends Error {}

interface Budget {
  bytes: number;
  entries: number;
}

/** Reads the Maven coordinates of a Java archive and of the archives in it; without any, its manifest. */
export function readJar(bytes: Buffer, path: string): Reading {
  const found = new Collector();
  const budget = { bytes: sbomLimits.maxInflatedBytes, entries: sbomLimits.maxJarEntries };
  readInto(found, bytes, path, 1, budget);
  return found.reading();
}

function readInto(
  found: Collector,
  bytes: Uint8Array,
  path: string,
  depth: number,
  budget: Budget,
): void {
  const where = depth === 1 ? '' : `${posix.basename(path)} in it: `;
  let files: Record<string, Uint8Array>;
  let left = bytes.length;
  try {
    files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        budget.entries -= 1;
        if (budget.entries < 0) throw new TooMuch('too many entries');
        if (!pom.test(name) && name !== manifest && !isJar(name)) return false;
        // Deflate makes at most 1032 bytes of one.
        if (!(originalSize >= 0) || originalSize > size * 1032) throw new TooMuch('wrong sizes');
        left -= size;
        if (!(left >= 0)) throw new TooMuch('entries overlap');
        // A stored entry takes its size, whatever it claims to unpack to.
        budget.bytes -= Math.max(size, originalSize);
        if (budget.bytes < 0) throw new TooMuch('more than 256 MiB inside');
        return true;
      },
    });
  } catch (error) {
    const reason = error instanceof TooMuch ? error.message : 'damaged';
    found.problem(`${where}cannot be read as a zip archive: ${reason}`);
    return;
  }
  const before = found.packages.length;
  for (const [name, content] of Object.entries(files)) {
    if (pom.test(name)) addPom(found, content);
  }
  const main = files[manifest];
  if (found.packages.length === before && main !== undefined) addManifest(found, main, path);
  for (const [name, content] of Object.entries(files)) {
    if (!isJar(name)) continue;
    if (depth < sbomLimits.maxJarDepth) readInto(found, content, name, depth + 1, budget);
    else found.problem(`archives inside each other are read ${sbomLimits.maxJarDepth} levels deep`);
  }
}

function addPom(found: Collector, content: Uint8Array): void {
  const fields = new Map<string, string>();
  for (const line of linesOf(Buffer.from(content))) {
    const [, name = '', value = ''] = /^\s*(\w+)\s*[=:](.*)$/.exec(line) ?? [];
    // Trimmed here: a pattern would take seconds for a line of spaces.
    fields.set(name, value.trim());
  }
  const { groupId, artifactId = '', version = '' } = Object.fromEntries(fields);
  found.add({ type: 'maven', name: artifactId, version, group: groupId });
}

/** Adds what a manifest says (JAR file specification). Without a group it has no place in a Maven repository. */
function addManifest(found: Collector, content: Uint8Array, path: string): void {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of linesOf(Buffer.from(content))) {
    // The first section describes the archive; the others describe files in it.
    if (line === '') break;
    const colon = line.indexOf(':');
    if (line.startsWith(' ')) fields.set(last, (fields.get(last) ?? '') + line.slice(1));
    else if (colon > 0) {
      last = line.slice(0, colon);
      fields.set(last, line.slice(colon + 1).trim());
    }
  }
  const base = posix.basename(path);
  // A longer name is none (`Collector`), and the pattern would take seconds for it.
  const pattern = base.length > 512 ? /^(.+)$/s : /^(.+?)(?:-(\d[\w.+-]*))?\.\w+$/;
  const [, stem = '', named] = pattern.exec(base) ?? [];
  const version =
    fields.get('Implementation-Version') ?? fields.get('Bundle-Version') ?? named ?? undefined;
  const group = fields.get('Implementation-Vendor-Id');
  if (version === undefined) return;
  found.add({ type: group === undefined ? 'generic' : 'maven', name: stem, version, group });
}
