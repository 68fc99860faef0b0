import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout, snapshot } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

// The whole command, on OCI image layouts in place of engines.

let work: string;
const at = (name: string): string => join(work, name);
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'order-'));
  await writeFile(at('compose.yml'), 'name: shop\nservices: { app: { image: "app:1" } }\n');
  await makeLayout(at('layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
  await exported('1.0.tar', '--sequence', '1', '--release-version', '1.0');
  await exported('2.0.tar', '--sequence', '2', '--release-version', '2.0');
  await exported('beta.tar', '--channel', 'beta', '--release-version', '3.0');
});
afterAll(() => rm(work, { recursive: true, force: true }));

async function exported(output: string, ...args: readonly string[]) {
  const engine = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--json'];
  const result = await bundle(['export', at('compose.yml'), '-o', at(output), ...engine, ...args]);
  if (result.code !== 0) throw new Error(result.stdout);
  return JSON.parse(result.stdout);
}
const target = (): string[] => [
  '--engine',
  `oci:${at('target')}`,
  '--state-dir',
  at('state'),
  '--yes',
];
const importOf = (name: string, ...args: readonly string[]) =>
  bundle(['import', at(name), ...target(), ...args]);

test('going back from 2.0 to 1.0 takes a flag, and each refusal says what to do', async () => {
  expect(await importOf('2.0.tar')).toMatchObject({ code: 0 });
  const before = await snapshot(work);
  const older = await importOf('1.0.tar');
  expect(older).toMatchObject({ code: 96, stdout: '' });
  expect(older.stderr).toContain('expected: sequence 2 of channel stable, or a later one');
  expect(older.stderr).toContain('--allow-older');
  const preflight = await bundle(['preflight', at('1.0.tar'), ...target().slice(0, 4)]);
  expect(preflight).toMatchObject({ code: 96 });
  const other = await importOf('beta.tar');
  expect(other).toMatchObject({ code: 98, stdout: '' });
  expect(other.stderr).toContain('--channel beta');
  expect(await snapshot(work)).toEqual(before);
  const allowed = await importOf('1.0.tar', '--allow-older');
  expect(allowed).toMatchObject({ code: 0 });
  expect(allowed.stdout).toContain('older than what this host had imported');
  expect(await importOf('2.0.tar')).toMatchObject({ code: 0 });
});

test('import takes the identity that somebody was told, and no other', async () => {
  const { digest } = JSON.parse((await bundle(['inspect', at('2.0.tar'), '--json'])).stdout);
  expect(await importOf('1.0.tar', '--allow-older', '--expect-digest', digest)).toMatchObject({
    code: 79,
  });
  expect(await importOf('2.0.tar', '--expect-digest', digest)).toMatchObject({ code: 0 });
});

test('inspect shows the channel and the sequence', async () => {
  expect((await bundle(['inspect', at('2.0.tar')])).stdout).toContain('channel stable, sequence 2');
  expect((await bundle(['inspect', at('beta.tar')])).stdout).toContain('channel beta, sequence ');
});

test('a spec can name the channel and the sequence, and the command line wins', async () => {
  const spec = { schemaVersion: 1, compose: 'compose.yml', channel: 'lts', sequence: 7 };
  await writeFile(at('spec.yaml'), JSON.stringify(spec));
  const run = (output: string, ...args: readonly string[]) => {
    const engine = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--json'];
    return bundle(['export', at('spec.yaml'), '-o', at(output), ...engine, ...args]);
  };
  expect(JSON.parse((await run('spec.tar')).stdout).manifest).toMatchObject({
    channel: 'lts',
    sequence: 7,
  });
  const { stdout } = await run('flags.tar', '--channel', 'beta', '--sequence', '9');
  expect(JSON.parse(stdout).manifest).toMatchObject({ channel: 'beta', sequence: 9 });
});

test.each([
  ['--sequence', '-1'],
  ['--sequence', '1.5'],
  ['--sequence', '9007199254740993'],
  ['--channel', '../x'],
  ['--channel', 'Beta'],
])('export refuses %s %s', async (flag, value) => {
  expect(await bundle(['export', at('compose.yml'), `${flag}=${value}`])).toMatchObject({
    code: 2,
  });
});

test('two exports without options have the same bytes', async () => {
  const names = ['same-1.tar', 'same-2.tar'];
  for (const name of names) await exported(name);
  const [one, two] = await Promise.all(names.map((name) => readFile(at(name))));
  expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
});

test('a bundle of the files of two releases is refused, whichever was mixed in', async () => {
  for (const version of ['1.0', '2.0'])
    await exported(version, '--release-version', version, '--sequence', version.slice(0, 1));
  await rm(at('2.0/README.txt'));
  await writeFile(at('2.0/README.txt'), await readFile(at('1.0/README.txt')));
  const elsewhere = ['--engine', `oci:${at('empty')}`, '--state-dir', at('state-2'), '--yes'];
  await makeLayout(at('empty'), []);
  const before = await snapshot(at('empty'));
  const mixed = await bundle(['import', at('2.0'), ...elsewhere]);
  expect(mixed).toMatchObject({ code: 51, stdout: '' });
  expect(mixed.stderr).toContain('README.txt');
  await writeFile(at('2.0/bundle.json'), await readFile(at('1.0/bundle.json')));
  expect(await bundle(['import', at('2.0'), ...elsewhere])).toMatchObject({ code: 51, stdout: '' });
  expect(await snapshot(at('empty'))).toEqual(before);
});
