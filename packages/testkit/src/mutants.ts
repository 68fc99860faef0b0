import type { Numbers } from './random.ts';
import { fixChecksum } from './tar.ts';

/** Changes bytes in one of the ways in which files break: flipped, cut, taken out, doubled, inserted, overwritten. */
export function mutateBytes(bytes: Buffer, below: Numbers): Buffer {
  if (bytes.length === 0) return bytes;
  const at = below(bytes.length);
  const to = at + below(bytes.length - at);
  const changed = Buffer.from(bytes);
  switch (below(6)) {
    case 0:
      changed[at] = (changed[at] ?? 0) ^ (1 << below(8));
      return changed;
    case 1:
      return changed.subarray(0, at);
    case 2:
      return Buffer.concat([changed.subarray(0, at), changed.subarray(to)]);
    case 3:
      return Buffer.concat([changed.subarray(0, to), changed.subarray(at)]);
    case 4:
      return Buffer.concat([
        changed.subarray(0, at),
        Buffer.from([below(256)]),
        changed.subarray(at),
      ]);
    default:
      changed.fill(below(256), at, Math.min(bytes.length, at + 1 + below(4)));
      return changed;
  }
}

/** Values that break careless readers, as they are written in JSON, YAML and env files. */
const odd = [
  ...[
    'null',
    'true',
    '-1',
    '0',
    '1e999',
    '9007199254740993',
    '""',
    '[]',
    '{}',
    '[[]]',
    '"__proto__"',
  ],
  ...[
    '"../../etc/passwd"',
    '"\\u0000"',
    '"\\u001b[2J"',
    '"\\ud800"',
    '&a [*a]',
    '*a',
    '!!binary x',
    '<<',
  ],
  ...[
    `"${'a'.repeat(5000)}"`,
    `${'['.repeat(500)}`,
    '\u202e',
    '\n',
    '\t',
    ': ',
    `\${A:-\${B}}`,
    '"sha256:0"',
  ],
];

/** Changes a text: a word becomes an odd value or another word of it, or bytes change as in `mutateBytes`. */
export function mutateText(bytes: Buffer, below: Numbers): Buffer {
  if (below(3) === 0) return mutateBytes(bytes, below);
  const text = bytes.toString('utf8');
  const words = [...text.matchAll(/"(?:[^"\\\n]|\\.)*"|[^\s,:[\]{}"]+/g)];
  const word = words[below(Math.max(1, words.length))];
  if (word === undefined) return mutateBytes(bytes, below);
  const other = below(3) === 0 ? words[below(words.length)]?.[0] : odd[below(odd.length)];
  const end = word.index + (below(6) === 0 ? 0 : word[0].length);
  return Buffer.from(`${text.slice(0, word.index)}${other ?? ''}${text.slice(end)}`);
}

function headersIn(archive: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at < archive.length; at += 512) {
    if (archive.toString('latin1', at + 257, at + 262) === 'ustar') found.push(at);
  }
  return found;
}

/** Fields of a ustar header: offset and length of each. */
const fields = [
  [0, 100],
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [136, 12],
  [148, 8],
  [156, 1],
  [157, 100],
  [257, 6],
  [263, 2],
  [265, 32],
  [297, 32],
  [329, 8],
  [337, 8],
  [345, 155],
  [500, 12],
] as const;
const likely = [0, 0x20, 0x2d, 0x2f, 0x30, 0x31, 0x37, 0x38, 0x61, 0x78, 0x80, 0xff];

/** Changes a few bytes of a header or anything else, and usually corrects the header's checksum. */
export function mutateTar(archive: Buffer, next: Numbers): Buffer {
  const mutant = Buffer.from(archive);
  const headers = headersIn(archive);
  const header = headers[next(headers.length)] ?? 0;
  const [start, length] = fields[next(fields.length)] ?? [0, 1];
  if (next(8) === 0) {
    mutant[next(mutant.length)] = likely[next(likely.length)] ?? 0;
    return mutant;
  }
  if (next(5) === 0)
    mutant.fill(likely[next(likely.length)] ?? 0, header + start, header + start + length);
  for (let count = 1 + next(3); count > 0; count--) {
    mutant[header + start + next(length)] =
      next(4) === 0 ? next(256) : (likely[next(likely.length)] ?? 0);
  }
  if (start !== 148 && next(10) > 0) {
    fixChecksum(mutant.subarray(header, header + 512));
  }
  return mutant;
}
