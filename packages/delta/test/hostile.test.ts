import { applyDelta } from '@bundle/delta';
import { emptyLists, joinLists, operation } from '../src/operations.ts';
import {
  endRecord,
  operationsRecord,
  packRecord,
  startOfDelta,
  storedList,
} from '../src/record.ts';
import { chunksOf, collect, layerOf } from './layers.ts';

const old = Buffer.alloc(4096, 'old');
type Lists = ReturnType<typeof emptyLists>;

async function deltaWith(fill: (lists: Lists) => void, ...packs: Uint8Array[]): Promise<Buffer> {
  const lists = emptyLists();
  fill(lists);
  const records = [await operationsRecord(joinLists(lists)), ...packs, endRecord(1000)];
  return Buffer.concat([startOfDelta([old.length]), ...records]);
}

function oneOperation(kind: number, distance: number | undefined, length: number) {
  return (lists: Lists): void => {
    lists.operations.byte(kind);
    if (distance !== undefined) lists.distances.signed(distance);
    lists.lengths.number(length);
  };
}

const packOf = async (size: number, claimed = size, offset = 0): Promise<Uint8Array> =>
  packRecord({
    size: claimed,
    ranges: [{ offset, length: 10 }],
    hasDictionary: false,
    control: await storedList(new Uint8Array(0), { level: 1 }),
    differences: await storedList(new Uint8Array(0), { level: 1 }),
    others: await storedList(new Uint8Array(size), { level: 1 }),
  });

const cases: readonly (readonly [string, () => Promise<Buffer>])[] = [
  ['zeros that fill a disk', () => deltaWith(oneOperation(operation.zero, undefined, 2 ** 45))],
  ['a copy larger than the layer', () => deltaWith(oneOperation(operation.copy, 0, 1001))],
  ['a copy from before the old bytes', () => deltaWith(oneOperation(operation.copy, -1, 1000))],
  ['a copy from behind the old bytes', () => deltaWith(oneOperation(operation.copy, 3097, 1000))],
  ['an operation that makes nothing', () => deltaWith(oneOperation(operation.zero, undefined, 0))],
  ['an unknown operation', () => deltaWith(oneOperation(99, undefined, 1))],
  ['a layer that is too small', () => deltaWith(oneOperation(operation.zero, undefined, 999))],
  ['no pack', () => deltaWith(oneOperation(operation.carry, undefined, 1000))],
  [
    'a pack larger than what uses it',
    async () => deltaWith(oneOperation(operation.carry, undefined, 1000), await packOf(1001)),
  ],
  [
    'a pack that nothing uses',
    async () => deltaWith(oneOperation(operation.zero, undefined, 1000), await packOf(1)),
  ],
  [
    'a pack of 4 GiB',
    async () =>
      deltaWith(oneOperation(operation.carry, undefined, 1000), await packOf(10, 2 ** 32)),
  ],
  [
    'a pack that refers to places outside',
    async () =>
      deltaWith(oneOperation(operation.carry, undefined, 1000), await packOf(1000, 1000, 4090)),
  ],
];

test.each(cases)('%s is refused, and no more is made than declared', async (_, make) => {
  const delta = await make();
  let made = 0;
  const apply = async (): Promise<void> => {
    for await (const bytes of applyDelta([layerOf(old)], chunksOf(delta), { size: 1000 })) {
      made += bytes.length;
    }
  };
  await expect(apply()).rejects.toMatchObject({ code: 'delta-invalid' });
  expect(made).toBeLessThanOrEqual(1000);
});

test('a delta for old layers of other sizes is refused, and one is accepted that says what it makes', async () => {
  const delta = await deltaWith(oneOperation(operation.copy, 10, 1000));
  const wrong = applyDelta([layerOf(old.subarray(1))], chunksOf(delta), { size: 1000 });
  await expect(collect(wrong)).rejects.toMatchObject({ code: 'delta-invalid' });
  const other = applyDelta([layerOf(old)], chunksOf(delta), { size: 999 });
  await expect(collect(other)).rejects.toMatchObject({ code: 'delta-invalid' });
  const right = await collect(applyDelta([layerOf(old)], chunksOf(delta), { size: 1000 }));
  expect(right.equals(old.subarray(10, 1010))).toBe(true);
});
