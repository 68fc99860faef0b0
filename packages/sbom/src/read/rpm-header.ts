import { sbomLimits } from '../package.ts';
import type { Collector } from './fields.ts';

// The header of an installed RPM: two numbers (entries, bytes of data), then 16 bytes for each entry (tag, type, offset,
// count), then the data. All numbers have the highest byte first (RPM's "Package Format", header structure).

const tags = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  license: 1014,
  architecture: 1022,
  source: 1044,
} as const;

const types = { int32: 4, string: 6, stringArray: 8, i18nString: 9 } as const;

/** Adds the package that a header describes, except for the keys of signers that RPM keeps as packages. */
export function addRpmHeader(found: Collector, header: Buffer): void {
  const count = header.length < 8 ? 0 : header.readUInt32BE(0);
  const dataStart = 8 + count * 16;
  if (count === 0 || header.length > sbomLimits.maxRpmHeaderBytes || dataStart > header.length) {
    found.problem('has a header that is damaged');
    return;
  }
  const values = new Map<number, string>();
  for (let at = 8; at < dataStart; at += 16) {
    const tag = header.readUInt32BE(at);
    const start = dataStart + header.readUInt32BE(at + 8);
    if (start >= header.length || values.has(tag)) continue;
    const type = header.readUInt32BE(at + 4);
    if (type === types.int32 && start + 4 <= header.length) {
      if (tag === tags.epoch) values.set(tag, String(header.readUInt32BE(start)));
    } else if (type === types.string || type === types.i18nString || type === types.stringArray) {
      if (!wanted.has(tag)) continue;
      const end = header.indexOf(0, start);
      values.set(tag, header.toString('utf8', start, end === -1 ? header.length : end));
    }
  }
  const name = values.get(tags.name) ?? '';
  if (name === 'gpg-pubkey') return;
  const [version, release] = [values.get(tags.version), values.get(tags.release)];
  found.add({
    type: 'rpm',
    name,
    version: version === undefined || release === undefined ? '' : `${version}-${release}`,
    epoch: values.get(tags.epoch),
    architecture: values.get(tags.architecture),
    source: values.get(tags.source),
    license: values.get(tags.license),
  });
}

const wanted = new Set<number>(Object.values(tags));
