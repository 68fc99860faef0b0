import { randomBytes } from 'node:crypto';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout, snapshot } from '@bundle/testkit';
import { bundle, startOnTerminal, Talk } from './run-bundle.ts';

// One folder stands for the drive; its content is the inserted medium.
const list = 'shop.tar.parts.json';
let original: string;
let work: string;
let parts: string[];
const at = (name: string): string => join(work, name);
const drive = (): string => at('drive');
const part = (number: number): string => `shop.tar.part${String(number).padStart(3, '0')}`;

async function insert(...names: readonly string[]): Promise<void> {
  await rm(drive(), { recursive: true, force: true });
  await mkdir(drive());
  for (const name of names) await copyFile(join(original, 'parts', name), join(drive(), name));
}

/** Every export of it has different bytes in its layers. */
async function exportParts(output: string): Promise<void> {
  const text = (bytes: number): string => randomBytes(bytes).toString('base64');
  await makeLayout(join(original, 'layout'), [
    { reference: 'app:1', layers: [{ text: text(200_000) }, { text: 's', compression: 'gzip' }] },
    { reference: 'web:1', layers: [{ text: text(60_000) }] },
  ]);
  const engine = ['--engine', `oci:${join(original, 'layout')}`, '--no-runtime'];
  const compose = join(original, 'compose.yml');
  const flags = [...engine, '--split', '100kB'];
  expect(await bundle(['export', compose, '-o', output, ...flags])).toMatchObject({ code: 0 });
}

beforeAll(async () => {
  original = await mkdtemp(join(tmpdir(), 'media-original-'));
  const compose = 'name: shop\nservices: { app: { image: "app:1" }, web: { image: "web:1" } }\n';
  await writeFile(join(original, 'compose.yml'), compose);
  await mkdir(join(original, 'parts'));
  await mkdir(join(original, 'others'));
  await exportParts(join(original, 'others/shop.tar'));
  await exportParts(join(original, 'parts/shop.tar'));
  parts = (await readdir(join(original, 'parts'))).filter((name) => name !== list).sort();
  expect(parts.length).toBeGreaterThanOrEqual(4);
});
afterAll(() => rm(original, { recursive: true, force: true }));
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'media-'));
  await copyFile(join(original, 'parts', list), at(list));
  await insert(part(1));
});
afterEach(() => rm(work, { recursive: true, force: true }));

const onDrive = (): string[] => [at(list), '--parts', drive()];
const target = (): string[] => [
  ...['--engine', `oci:${at('engine')}`, '--state-dir', at('state')],
  ...['--ignore', 'compose', '--ignore', 'ports'],
];
const talk = (...args: string[]): Talk => new Talk(startOnTerminal([...args, '--no-progress']));
const ask = (name: string): string => `Insert the medium with ${name} and press Enter`;

/** Inserts the requested media from the second part on; returns the number of requests. */
async function feed(session: Talk, from = 2): Promise<void> {
  for (let number = from; number <= parts.length; number += 1) {
    await session.shows(ask(part(number)));
    await insert(part(number));
    await session.answer('');
  }
}
const asked = (output: string): string[] => [
  ...new Set([...output.matchAll(/medium with (\S+) and/g)].map(([, name]) => name ?? '')),
];

test('verify asks for each medium once, in order', async () => {
  const session = talk('verify', ...onDrive());
  await feed(session);
  const { code, stdout } = await session.result;
  expect(stdout).toMatch(/OK.* 19 files/);
  expect(code).toBe(0);
  expect(asked(stdout)).toEqual(parts.slice(1));
});

test('import asks for each medium once, verifies on the way, and loads and stages everything', async () => {
  const session = talk('import', ...onDrive(), ...target());
  await session.shows('(Y/n)');
  await session.answer('y');
  await feed(session);
  const { code, stdout } = await session.result;
  expect(stdout).toContain('Imported');
  expect(code).toBe(0);
  expect(asked(stdout)).toEqual(parts.slice(1));
  // The result is the same as of an import of the whole bundle.
  const whole = join(original, 'parts', list);
  const other = ['--engine', `oci:${at('engine2')}`, '--state-dir', at('state2')];
  expect(await bundle(['import', whole, ...other, '--yes'])).toMatchObject({ code: 0 });
  const releaseIn = async (state: string): Promise<unknown> => {
    const found = Object.entries(await snapshot(join(at(state), 'shop/releases')));
    // The path it was imported from is remembered too.
    return found.filter(([path]) => !path.endsWith('.imported-from'));
  };
  expect(await releaseIn('state')).toEqual(await releaseIn('state2'));
  expect(Object.keys(await snapshot(at('engine')))).toEqual(
    Object.keys(await snapshot(at('engine2'))),
  );
  // Everything is already loaded, so no medium is requested.
  await insert(part(1));
  const again = await talk('import', ...onDrive(), ...target()).result;
  expect(again.code).toBe(0);
  expect(asked(again.stdout)).toEqual([]);
});

test('inspect, diff, preflight and export --since need the first medium alone', async () => {
  for (const args of [
    ['inspect', ...onDrive()],
    ['diff', join(original, 'others', list), ...onDrive()],
    ['preflight', ...onDrive(), ...target(), '--ignore', 'engine'],
  ]) {
    expect(await bundle(args)).toMatchObject({ code: 0 });
  }
  const engine = ['--engine', `oci:${join(original, 'layout')}`];
  const since = ['--since', ...onDrive(), '-o', at('next.tar'), '--release-version', '3'];
  const compose = join(original, 'compose.yml');
  expect(await bundle(['export', compose, ...since, ...engine])).toMatchObject({ code: 0 });
});

test('a wrong medium is reported, and the right one requested again', async () => {
  const session = talk('verify', ...onDrive());
  await session.shows(ask(part(2)));
  await session.answer('');
  expect(await session.shows(ask(part(2)))).toContain(`this has ${part(1)}`);
  await insert(part(3));
  await session.answer('');
  expect(await session.shows(ask(part(2)))).toContain(`this has ${part(3)}`);
  await copyFile(join(original, 'others', part(2)), join(drive(), part(2)));
  await session.answer('');
  expect(await session.shows(ask(part(2)))).toContain('or a part of another bundle');
  await copyFile(join(original, 'parts', part(3)), join(drive(), part(2)));
  await session.answer('');
  expect(await session.shows(ask(part(2)))).toContain(`holds what ${part(3)} should hold`);
  await writeFile(join(drive(), part(2)), 'short');
  await session.answer('');
  expect(await session.shows(ask(part(2)))).toContain('has 5 bytes, not');
  await insert(part(2));
  await session.answer('');
  await feed(session, 3);
  expect(await session.result).toMatchObject({ code: 0 });
});

test.each([
  ['q', 'q\r', 73],
  ['Ctrl-C', '\u0003', 130],
])(
  '%s stops an import between two media: no image has a name, no release is staged',
  async (_, keys, code) => {
    await makeLayout(at('engine'), []);
    const before = await readFile(join(at('engine'), 'index.json'), 'utf8');
    const session = talk('import', ...onDrive(), ...target());
    await session.shows('(Y/n)');
    await session.answer('');
    await session.shows(ask(part(2)));
    await insert(part(2));
    await session.answer('');
    await session.shows(ask(part(3)));
    session.type(keys);
    const ended = await session.result;
    expect(ended.code).toBe(code);
    expect(ended.stdout).not.toContain('internal');
    expect(await readFile(join(at('engine'), 'index.json'), 'utf8')).toBe(before);
    expect(await readdir(at('state/shop/releases'))).toEqual([]);
  },
);

test.each([['--json'], ['--yes'], ['--no-progress']])(
  'if nobody can answer (%s), every missing part is named',
  async (...flags) => {
    const args = ['import', ...onDrive(), ...target(), ...flags];
    const { code, stdout, stderr } = await bundle(args);
    expect(code).toBe(73);
    for (const name of parts.slice(1)) expect(stdout + stderr).toContain(name);
    expect(stdout + stderr).not.toContain(part(1));
    expect((await readdir(work)).sort()).toEqual(['drive', list].sort());
  },
);

test('damage to bundle.json or a blob is found although its part is as listed', async () => {
  const names = await readdir(join(original, 'parts'));
  const whole = Buffer.concat(
    await Promise.all(parts.map((name) => readFile(join(original, 'parts', name)))),
  );
  expect(names.length).toBe(parts.length + 1);
  // Somebody changed bytes in a part and updated its digest in the list.
  const changed = Buffer.from(whole);
  changed.writeUInt8(changed.readUInt8(150_000) ^ 1, 150_000);
  await cp(join(original, 'parts'), at('forged'), { recursive: true });
  await writeFile(join(at('forged'), part(2)), changed.subarray(100_000, 200_000));
  const text = JSON.parse(await readFile(at(list), 'utf8'));
  const { createHash } = await import('node:crypto');
  text.parts[1].sha256 = createHash('sha256')
    .update(changed.subarray(100_000, 200_000))
    .digest('hex');
  await writeFile(at(list), JSON.stringify(text));
  const session = talk('import', ...onDrive(), ...target());
  await session.shows('(Y/n)');
  await session.answer('');
  await session.shows(ask(part(2)));
  await insert();
  for (const name of parts.slice(1)) await copyFile(join(at('forged'), name), join(drive(), name));
  await session.answer('');
  const { code, stdout } = await session.result;
  expect(stdout).toMatch(/expected: sha256:/);
  expect(code).toBe(51);
  expect(await readdir(at('state/shop/releases'))).toEqual([]);
});
