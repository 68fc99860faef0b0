import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOfHex, type PartList } from '@bundle/format';
import { sliceExtent, streamExtent } from '../src/extent.ts';
import { partsInTurn } from '../src/parts/parts-in-turn.ts';

const partBytes = 1_000_000;
let work: string;
let whole: Buffer;
let list: PartList;
const at = (...names: string[]): string => join(work, ...names);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'turns-'));
  whole = randomBytes(2_500_000);
  const parts = [1, 2, 3].map((number) => {
    const bytes = whole.subarray((number - 1) * partBytes, number * partBytes);
    return { name: `x.tar.part00${number}`, size: bytes.length, sha256: sha256(bytes), bytes };
  });
  await mkdir(at('drive'));
  await mkdir(at('shelf'));
  for (const { name, bytes } of parts) await writeFile(at('shelf', name), bytes);
  const bundle = digestOfHex('0'.repeat(64));
  const named = parts.map(({ name, size, sha256: digest }) => ({ name, size, sha256: digest }));
  list = { kind: 'bundle-parts', schemaVersion: 1, bundle, parts: named };
});
afterEach(() => rm(work, { recursive: true, force: true }));

interface Asked {
  readonly name: string;
  readonly found: string | undefined;
}

/** Opens the parts. The person who is asked puts in the part from the shelf and removes the previous one. */
function partsWith(asked: Asked[]) {
  let inside: string | undefined;
  const askFor = async (name: string, found: string | undefined): Promise<boolean> => {
    asked.push({ name, found });
    if (inside !== undefined) await rename(at('drive', inside), at('shelf', inside));
    await rename(at('shelf', name), at('drive', name));
    inside = name;
    return true;
  };
  return partsInTurn(at('x.tar.parts.json'), list, { folders: [at('drive')], askFor });
}

test('each part is asked for once when it is read in order', async () => {
  const asked: Asked[] = [];
  const chunks: Buffer[] = [];
  for await (const chunk of streamExtent(partsWith(asked), 'x')) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(whole)).toBe(true);
  expect(asked.map(({ name }) => name)).toEqual(list.parts.map(({ name }) => name));
});

test('bytes that span two parts are read, and no other part is asked for', async () => {
  const asked: Asked[] = [];
  const slice = sliceExtent(partsWith(asked), partBytes - 10, 20);
  const chunks: Buffer[] = [];
  for await (const chunk of streamExtent(slice, 'x')) chunks.push(chunk);
  expect(Buffer.concat(chunks)).toEqual(whole.subarray(partBytes - 10, partBytes + 10));
  expect(asked.map(({ name }) => name)).toEqual(['x.tar.part001', 'x.tar.part002']);
});

test('a truncated part is asked for again, and reading continues where it stopped', async () => {
  const asked: Asked[] = [];
  const find = { folders: [at('shelf')] };
  const askFor = async (name: string, found: string | undefined): Promise<boolean> => {
    asked.push({ name, found });
    await writeFile(at('shelf', name), whole.subarray(partBytes, 2 * partBytes));
    return true;
  };
  const extent = partsInTurn(at('x.tar.parts.json'), list, { ...find, askFor });
  const chunks: Buffer[] = [];
  let seen = 0;
  for await (const chunk of streamExtent(extent, 'x', 50_000)) {
    chunks.push(chunk);
    seen += chunk.length;
    if (seen === partBytes + 200_000) await truncate(at('shelf', 'x.tar.part002'), 300_000);
  }
  expect(Buffer.concat(chunks).equals(whole)).toBe(true);
  expect(asked).toEqual([
    { name: 'x.tar.part002', found: expect.stringContaining('has 300000 bytes') },
  ]);
});

test('without anybody to ask, a wrong part is an error that names it', async () => {
  await writeFile(at('shelf', 'x.tar.part001'), randomBytes(partBytes));
  const extent = partsInTurn(at('x.tar.parts.json'), list, { folders: [at('shelf')] });
  await expect(streamExtent(extent, 'x').next()).rejects.toMatchObject({
    code: 'part-damaged',
    message: expect.stringContaining('x.tar.part001'),
  });
  await rm(at('shelf', 'x.tar.part001'));
  await expect(streamExtent(extent, 'x').next()).rejects.toMatchObject({ code: 'part-missing' });
});
