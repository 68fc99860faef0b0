import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeltaHeader } from '@bundle/delta';
import { randomFrom } from '@bundle/testkit';
import { deltaOf, type Entry, layerOf, noise, rebuilt, tarOf } from './layers.ts';

const random = randomFrom(7);
const text = (words: number): string =>
  Array.from({ length: words }, () => Math.floor(random() * 5000).toString(36)).join(' ');
const library = text(40_000);
const picture = noise(300_000, random);

const old: readonly Entry[] = [
  { path: 'app/', type: '5', mode: 0o755 },
  { path: 'app/empty', content: '' },
  { path: 'app/library.js', content: library },
  { path: 'app/main.4f3a9c.js', content: text(3000) },
  { path: 'app/picture.png', content: picture },
  { path: 'app/tiny', content: 'x' },
  ...Array.from({ length: 200 }, (_, index) => ({
    path: `app/lib/${index}.js`,
    content: text(50),
  })),
];

/** What each layer must cost at most, so that a rebuilt layer is not only a carried one. */
const cases: readonly (readonly [string, readonly Entry[], number])[] = [
  ['the same layer', old, 150],
  ['every time changed', old.map((entry) => ({ ...entry, time: 1_710_000_000 })), 250],
  [
    'every file in another folder',
    old.map((entry) => ({ ...entry, path: `srv/${entry.path}` })),
    1500,
  ],
  [
    'one word changed in a large file',
    old.map((entry) =>
      entry.path === 'app/library.js'
        ? { ...entry, content: `${library.slice(0, 9000)}CHANGED${library.slice(9005)}` }
        : entry,
    ),
    300,
  ],
  ['a file removed', old.filter(({ path }) => path !== 'app/picture.png'), 200],
  [
    'a file added',
    [...old.slice(0, 4), { path: 'app/added', content: 'hello' }, ...old.slice(4)],
    250,
  ],
  [
    'a hash in a name changed',
    old.map((entry) =>
      entry.path === 'app/main.4f3a9c.js'
        ? { ...entry, path: 'app/main.77b1d0.js', content: `${entry.content};` }
        : entry,
    ),
    300,
  ],
  ['the files in reverse order', old.toReversed(), 1500],
];

test.each(cases)(
  '%s is rebuilt bit by bit, for the cost of the change',
  async (_, entries, most) => {
    const before = tarOf(old);
    const after = tarOf(entries);
    const delta = await deltaOf([before], after);
    expect((await rebuilt([before], delta, after.length)).equals(after)).toBe(true);
    expect(delta.length).toBeLessThan(most);
    expect(await readDeltaHeader(layerOf(delta))).toEqual({
      oldSizes: [before.length],
      size: after.length,
    });
  },
);

const long = `${'a'.repeat(60)}/${'b'.repeat(60)}/name`;
const pax = (record: string): string => `${record.length + 3} ${record}\n`;

const odd: readonly Entry[] = [
  { path: 'hard', type: '1', link: 'file' },
  { path: 'soft', type: '2', link: '../file' },
  { path: 'null', type: '3', patch: { at: 329, bytes: Buffer.from('0000001\x000000003\x00') } },
  { path: 'disk', type: '4' },
  { path: 'pipe', type: '6' },
  { path: 'empty' },
  { path: 'PaxHeaders.0/name', type: 'x', content: pax(`path=${long}`) },
  { path: long.slice(0, 100), content: 'long' },
  {
    path: 'PaxHeaders.0/a',
    type: 'x',
    content: pax('SCHILY.xattr.security.capability=\x01\x00\x00\x02'),
  },
  { path: 'ping', content: noise(2000, random) },
  { path: '././@LongLink', type: 'L', content: `${long}\0` },
  { path: long.slice(0, 100), content: 'long again' },
  // GNU tar's sparse file: a block with the map between the header and the data.
  { path: 'sparse', type: 'S', extra: Buffer.alloc(512, 'm'), content: 'data' },
  { path: 'unusual', content: 'padding', patch: { at: 500, bytes: Buffer.from('rest') } },
  { path: '', content: 'no name' },
  { path: 'spaces', content: 'x', patch: { at: 100, bytes: Buffer.from('   644 \0') } },
  { path: 'base256', patch: { at: 108, bytes: Buffer.from([0x80, 0, 0, 0, 1, 2, 3, 4]) } },
];

test('links, devices, long names, attributes and sparse files are rebuilt, changed or not', async () => {
  const before = tarOf(odd);
  for (const after of [
    before,
    tarOf(odd.map((entry) => ({ ...entry, time: 5 }))),
    tarOf(odd.map((entry) => ({ ...entry, content: entry.content ? `${entry.content}+` : '' }))),
    tarOf(odd.toReversed()),
  ]) {
    const delta = await deltaOf([before], after);
    expect((await rebuilt([before], delta, after.length)).equals(after)).toBe(true);
  }
});

const onRoot = process.getuid?.() === 0 ? test : test.skip;
onRoot.each(['pax', 'gnu'])(
  'what GNU tar writes in its format %s is rebuilt: sparse files, devices, links, long names',
  async (format) => {
    const folder = await mkdtemp(join(tmpdir(), 'delta-tar-'));
    const sh = (script: string): Buffer =>
      execFileSync('sh', ['-ec', script], { cwd: folder, maxBuffer: 2 ** 26 });
    const tar = `tar --sort=name --format=${format} --sparse -cf - -C files .`;
    try {
      sh(`mkdir files; cd files; truncate -s 3G sparse; truncate -s 5M holes; : > empty; mkfifo pipe
        for at in 1 100 900 2000; do printf data$at | dd of=sparse bs=1M seek=$at conv=notrunc status=none; done
        mknod null c 1 3; mknod disk b 7 0; ln empty hard; ln -s ../empty soft; mkdir "${long.slice(0, 60)}"
        printf long > "${long.slice(0, 60)}/${'名'.repeat(60)}"`);
      const before = sh(tar);
      sh(`cd files; printf more | dd of=sparse bs=1M seek=1500 conv=notrunc status=none; mknod zero c 1 5
        touch -d @5 disk; ln soft hard2; printf changed > empty`);
      const after = sh(tar);
      const delta = await deltaOf([before], after);
      expect((await rebuilt([before], delta, after.length)).equals(after)).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

test('a header whose checksum is written in another way is rebuilt', async () => {
  const after = Buffer.from(tarOf(old));
  after.write(' ', 148);
  const delta = await deltaOf([tarOf(old)], after);
  expect((await rebuilt([tarOf(old)], delta, after.length)).equals(after)).toBe(true);
});

test.each([
  ['no bytes', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['noise', noise(1_000_003, random)],
  ['zeros', Buffer.alloc(10_000_000)],
  ['a tar cut in a header', tarOf(old).subarray(0, 1600)],
  ['a tar cut in a file', tarOf(old).subarray(0, 50_001)],
  ['a tar without end blocks', tarOf(old, 0)],
  ['two tars and rubbish', Buffer.concat([tarOf(old), tarOf(odd), Buffer.from('rubbish')])],
  [
    'a file that claims more bytes than there are',
    tarOf([{ path: 'x', patch: { at: 124, bytes: Buffer.from('77777777777') } }]),
  ],
  [
    'a file of 2^60 bytes',
    tarOf([
      {
        path: 'x',
        patch: { at: 124, bytes: Buffer.from([0x80, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0]) },
      },
    ]),
  ],
])('%s is rebuilt, from nothing, from a layer and from itself', async (_, after) => {
  for (const before of [[], [tarOf(old)], [tarOf(odd), after, tarOf(old)]]) {
    const delta = await deltaOf(before, after, 777);
    expect((await rebuilt(before, delta, after.length)).equals(after)).toBe(true);
  }
});

test('a file larger than a piece costs its change', async () => {
  const content = noise(9_000_000, random);
  const changed = Buffer.from(content);
  changed.set(noise(1000, random), 5_000_000);
  const before = tarOf([{ path: 'large', content }]);
  const after = tarOf([{ path: 'large', content: changed }]);
  const delta = await deltaOf([before], after);
  expect((await rebuilt([before], delta, after.length)).equals(after)).toBe(true);
  expect(delta.length).toBeLessThan(6000);
});

test('a file whose size only an extension has costs its change', async () => {
  const content = noise(3_000_000, random);
  const changed = Buffer.from(content);
  changed.set(noise(1000, random), 1_500_000);
  const unstated = { at: 124, bytes: Buffer.from('00000000000\0') };
  const layer = (bytes: Buffer, small: string, first: readonly Entry[] = []): Buffer =>
    tarOf([
      ...first,
      { path: 'PaxHeaders.0/x', type: 'x', content: pax(`size=${bytes.length}`) },
      { path: 'large', content: bytes, patch: unstated },
      { path: 'PaxHeaders.0/y', type: 'x', content: pax(`size=${small.length}`) },
      { path: 'small', content: small, patch: unstated },
      ...old,
    ]);
  const before = layer(content, 'small content that is the same in both layers');
  for (const small of ['small content that is the same in both layers', 'another']) {
    // What comes before it moves it.
    const after = layer(changed, small, [{ path: 'first', content: Buffer.alloc(4_000_000) }]);
    const delta = await deltaOf([before], after);
    expect((await rebuilt([before], delta, after.length)).equals(after)).toBe(true);
    expect(delta.length).toBeLessThan(6000);
  }
});

/** Returns a table of which each 64 KiB is the same row of numbers, combined with one of its own. */
function tableOf(seed: number): Buffer {
  const words = new Int32Array(2 ** 18 * 3);
  let state = 1;
  for (let index = 0; index < words.length; index++) {
    state = index % 2 ** 14 === 0 ? 1 : state;
    state = Math.imul(state, 0x9e3779b1) + 0x85ebca6b;
    const own = Math.imul(seed + 1, 0x27d4eb2f) ^ Math.imul((index >> 14) + 1, 0x165667b1);
    words[index] = Math.imul(state ^ (state >>> 15), 5) ^ own;
  }
  return Buffer.from(words.buffer);
}

test('tables that are like one another, and zeros, take no minutes to search', async () => {
  const mebi = 2 ** 20;
  const [zeros, old, next, added] = [Buffer.alloc(3 * mebi), tableOf(1), tableOf(8), tableOf(9)];
  const layer = (parts: readonly Buffer[]): Buffer =>
    tarOf([{ path: 'table', content: Buffer.concat(parts) }]);
  const before = layer([zeros, old, zeros]);
  const changed = [old.subarray(0, mebi), next.subarray(0, mebi), old.subarray(2 * mebi)];
  const after = layer([zeros, ...changed, zeros.subarray(0, 777), added.subarray(0, mebi), zeros]);
  const delta = await deltaOf([before], after);
  expect((await rebuilt([before], delta, after.length)).equals(after)).toBe(true);
}, 60_000);
