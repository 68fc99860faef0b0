import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { docker, dockerHost, type EngineName, makeLayout } from '@bundle/testkit';
import { bundle, startOnTerminal, Talk } from './run-bundle.ts';

// Real media: a file system on a loop device for each part, mounted one after the other at the same place.
const run = promisify(execFile);
const list = 'media-test.tar.parts.json';
const references = ['media-test/app:1', 'media-test/web:1'];
const mediumBytes = 16_000_000;
const text = (bytes: number): string => randomBytes(bytes).toString('base64');
const base = text(6_000_000);
let work: string;
let parts: string[];
let mounts: ReturnType<typeof spawn>;
const at = (name: string): string => join(work, name);
const part = (number: number): string => `media-test.tar.part${String(number).padStart(3, '0')}`;
const ask = (number: number): string => `Insert the medium with ${part(number)} and press Enter`;

/** Mounts are private, so nothing else keeps them busy. */
const inside = (): string[] => ['nsenter', '-t', String(mounts.pid), '-m'];
async function there(...words: string[]): Promise<void> {
  const [command = '', ...args] = [...inside(), ...words];
  await run(command, args);
}

/** Makes a medium with some files: its image, without a mount. */
async function makeMedium(name: string, files: readonly string[]): Promise<string> {
  const folder = at(`${name}.folder`);
  await mkdir(folder);
  for (const file of files) await copyFile(file, join(folder, file.split('/').at(-1) ?? ''));
  await truncateNew(at(name), mediumBytes);
  await run('mkfs.ext4', ['-q', '-F', '-d', folder, at(name)]);
  await rm(folder, { recursive: true });
  return at(name);
}

async function truncateNew(path: string, size: number): Promise<void> {
  await writeFile(path, '');
  await truncate(path, size);
}

async function insert(medium: string): Promise<void> {
  await there('mount', '-o', 'loop,ro', medium, at('drive'));
}

/** Fails if the command still has anything on the medium open. */
async function eject(): Promise<void> {
  await there('umount', at('drive'));
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'media-'));
  mounts = spawn('unshare', ['--mount', '--propagation', 'private', 'sleep', 'infinity']);
  await makeLayout(at('layout'), [
    { reference: references[0] ?? '', layers: [{ text: base }, { text: 'small' }] },
    { reference: references[1] ?? '', layers: [{ text: text(1_500_000) }] },
  ]);
  const services = references.map((image, index) => `  s${index}: { image: "${image}" }`);
  await writeFile(at('compose.yml'), `name: media-test\nservices:\n${services.join('\n')}\n`);
  await mkdir(at('parts'));
  await mkdir(at('drive'));
  const flags = ['--no-runtime', '--engine', `oci:${at('layout')}`, '--split', '2M'];
  const output = join(at('parts'), 'media-test.tar');
  expect(await bundle(['export', at('compose.yml'), '-o', output, ...flags])).toMatchObject({
    code: 0,
  });
  parts = (await readdir(at('parts'))).filter((name) => name !== list).sort();
  expect(parts.length).toBe(4);
  await copyFile(join(at('parts'), list), at(list));
  for (const [index, name] of parts.entries()) {
    await makeMedium(`medium-${index + 1}`, [join(at('parts'), name)]);
  }
});
afterAll(async () => {
  mounts.kill('SIGKILL');
  await rm(work, { recursive: true, force: true });
});

const target = async (engine: EngineName, state: string): Promise<string[]> => [
  ...['--docker-host', await dockerHost(engine), '--state-dir', at(state)],
  ...['--ignore', 'compose', '--no-progress'],
];
const loaded = (engine: EngineName): Promise<string> =>
  docker(engine, 'image', 'ls', '--filter', 'reference=media-test/*', '-q');
const engines = ['offline-28', 'offline-28-containerd'] as const;
afterEach(async () => {
  for (const engine of engines) {
    if ((await loaded(engine)) !== '') await docker(engine, 'rmi', '-f', ...references);
  }
});

test.each(engines)(
  'on %s an import asks for each medium once, and the images are the same',
  async (engine) => {
    const args = ['import', at(list), '--parts', at('drive'), ...(await target(engine, engine))];
    await insert(at('medium-1'));
    const session = new Talk(startOnTerminal(args, { inside: inside() }));
    await session.shows('(Y/n)');
    await session.answer('');
    for (let number = 2; number <= parts.length; number += 1) {
      await session.shows(ask(number));
      expect(await loaded(engine)).toBe('');
      await eject();
      await insert(at(`medium-${number}`));
      await session.answer('');
    }
    const { code, stdout } = await session.result;
    await eject();
    expect(stdout).toContain('Imported');
    expect(code).toBe(0);
    const manifest = await readFile(join(at(engine), 'media-test/current/bundle.json'), 'utf8');
    for (const { reference, imageId, manifestDigest } of JSON.parse(manifest).images) {
      const id = await docker(engine, 'image', 'inspect', '-f', '{{.Id}}', reference);
      expect([imageId, manifestDigest]).toContain(id);
    }
  },
);

test.each(engines)(
  'on %s nothing is loaded if the last medium has a damaged blob',
  async (engine) => {
    // The list has the digest of the damaged part, so only bundle.json reveals the damage.
    const name = part(parts.length);
    const bytes = await readFile(join(at('parts'), name));
    bytes.writeUInt8(bytes.readUInt8(100_000) ^ 1, 100_000);
    const folder = await mkdtemp(at('forged-'));
    await writeFile(join(folder, name), bytes);
    const document = JSON.parse(await readFile(at(list), 'utf8'));
    document.parts.at(-1).sha256 = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(folder, list), JSON.stringify(document));
    const medium = await makeMedium(
      `${engine}-most`,
      parts.slice(0, -1).map((n) => join(at('parts'), n)),
    );
    const options = await target(engine, `${engine}-damaged`);
    const args = ['import', join(folder, list), '--parts', at('drive'), ...options];
    await rm(join(folder, name));
    await insert(medium);
    const session = new Talk(startOnTerminal(args, { inside: inside() }));
    await session.shows('(Y/n)');
    await session.answer('');
    await session.shows(ask(parts.length));
    await eject();
    await writeFile(join(folder, name), bytes);
    await session.answer('');
    const { code, stdout } = await session.result;
    expect(stdout).toContain('sha256:');
    expect(code).toBe(51);
    expect(await loaded(engine)).toBe('');
    expect(await readdir(join(at(`${engine}-damaged`), 'media-test/releases'))).toEqual([]);
  },
);

test('an incremental bundle on several media is loaded into the containerd store too, one medium at a time', async () => {
  const engine = 'offline-28-containerd';
  const options = await target(engine, 'increment');
  const whole = ['import', join(at('parts'), list), '--yes', ...options];
  expect(await bundle(whole)).toMatchObject({ code: 0 });
  const newer = { reference: references[0] ?? '', layers: [{ text: base }, { text: text(3e6) }] };
  await makeLayout(at('layout-2'), [newer]);
  const services = `  s0: { image: "${references[0]}" }`;
  await writeFile(at('compose-2.yml'), `name: media-test\nservices:\n${services}\n`);
  const output = join(await mkdtemp(at('increment-')), 'media-test.tar');
  const flags = ['--no-runtime', '--engine', `oci:${at('layout-2')}`, '--split', '2M'];
  const since = ['--since', join(at('parts'), list), '--release-version', '2'];
  const exported = await bundle([
    ...['export', at('compose-2.yml'), '-o', output, ...flags, ...since],
  ]);
  expect(exported).toMatchObject({ code: 0 });
  const folder = join(output, '..');
  const names = (await readdir(folder)).filter((name) => name !== list).sort();
  expect(names.length).toBeGreaterThan(1);
  const alone = join(await mkdtemp(at('list-')), list);
  await copyFile(join(folder, list), alone);
  const args = ['import', alone, '--parts', at('drive'), ...options];
  await insert(await makeMedium('increment-1', [join(folder, names[0] ?? '')]));
  const session = new Talk(startOnTerminal(args, { inside: inside() }));
  await session.shows('(Y/n)');
  await session.answer('');
  for (const [index, name] of names.slice(1).entries()) {
    await session.shows(`Insert the medium with ${name} and press Enter`);
    await eject();
    await insert(await makeMedium(`increment-${index + 2}`, [join(folder, name)]));
    await session.answer('');
  }
  const { code, stdout } = await session.result;
  await eject();
  expect(stdout).toContain('Imported');
  expect(code).toBe(0);
  const layers = await docker(
    engine,
    'image',
    'inspect',
    '-f',
    '{{len .RootFS.Layers}}',
    newer.reference,
  );
  expect(layers).toBe('2');
  expect(await docker(engine, 'images', '--format', '{{.Repository}}')).not.toContain(
    'bundle-import',
  );
});

/** Imitates a device without its medium: reads fail with EIO, and cached data is dropped. */
async function pullOut(medium: string): Promise<void> {
  await truncate(medium, 1_500_000);
  for (const name of parts) {
    await there('dd', `if=${join(at('drive'), name)}`, 'iflag=nocache', 'count=0', 'status=none');
  }
}

test('a removed medium is reported with its own code, and the next run continues', async () => {
  const engine = 'offline-28';
  const files = parts.map((name) => join(at('parts'), name));
  const medium = await makeMedium('all', [...files, at(list)]);
  const copy = await readFile(medium);
  const onStick = join(at('drive'), list);
  const args = ['import', onStick, ...(await target(engine, 'pulled'))];
  await insert(medium);
  // During loading: everything was verified before the question.
  const lazily = (): Promise<void> => there('umount', '-l', at('drive'));
  for (const pull of [lazily, () => pullOut(medium)]) {
    const session = new Talk(startOnTerminal(args, { inside: inside() }));
    await session.shows('(Y/n)');
    await pull();
    await session.answer('');
    const pulled = await session.result;
    expect(pulled.stdout).toContain('a readable medium');
    expect(pulled.code).toBe(76);
    expect(await loaded(engine)).toBe('');
    expect(await readdir(join(at('pulled'), 'media-test/releases'))).toEqual([]);
    if (pull === lazily) await insert(medium);
  }
  // During verification.
  const verified = new Talk(startOnTerminal(['verify', onStick], { inside: inside() }));
  expect(await verified.result).toMatchObject({ code: 76 });
  await eject();
  await writeFile(medium, copy);
  await insert(medium);
  const again = new Talk(startOnTerminal([...args, '--yes'], { inside: inside() }));
  expect(await again.result).toMatchObject({ code: 0 });
  expect(await loaded(engine)).not.toBe('');
  await eject();
  expect((await readFile(medium)).equals(copy)).toBe(true);
});
