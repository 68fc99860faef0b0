import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { importQuestion } from '../src/commands/import/render.ts';
import { bundle, bundleOnTerminal, startOnTerminal, Talk } from './run-bundle.ts';

const question = '(Y/n)';
let folder = '';
let args: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  await writeSampleBundle(join(folder, 'shop'), sampleManifest());
  const engine = `oci:${join(folder, 'engine')}`;
  args = ['import', join(folder, 'shop'), '--engine', engine, '--state-dir', join(folder, 'state')];
});
afterEach(() => rm(folder, { recursive: true }));

test('import asks on a terminal, and No changes nothing', async () => {
  const typed = { after: question, keys: 'n\r' };
  const { code, stdout } = await bundleOnTerminal(args, { typed });
  expect(stdout).toContain('Import shop 1.0, not signed, into OCI image layout');
  expect(stdout).toContain('Nothing was changed');
  expect(code).toBe(0);
  await expect(access(join(folder, 'engine'))).rejects.toThrow('ENOENT');
});

test('the question mentions that the application is started too', () => {
  const images = [{ reference: 'a', action: 'load' as const, bytes: 5e6 }];
  const preview = {
    manifest: sampleManifest(),
    engine: 'Docker 28',
    images,
    checks: [],
    signatures: { signatures: [], signers: 0 },
    isAllowedOlder: false,
  };
  expect(importQuestion(preview, true)).toBe(
    'Import and start shop 1.0, not signed, into Docker 28: load 1 image (5 MB)?',
  );
  expect(importQuestion({ ...preview, isAllowedOlder: true }, false)).toBe(
    'Import shop 1.0, not signed, older than what this host has imported, into Docker 28: load 1 image (5 MB)?',
  );
});

test('time spent waiting for an answer does not count as work', async () => {
  const session = new Talk(startOnTerminal(args));
  await session.shows(question);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  session.type('y\r');
  const { stdout } = await session.result;
  const [, time = '', unit] = /Imported .* sent, ([\d.]+)(ms|s)/.exec(stdout) ?? [];
  expect(Number(time) / (unit === 'ms' ? 1000 : 1)).toBeLessThan(2.5);
});

test('Ctrl-C at the question ends with code 130', async () => {
  const typed = { after: question, keys: '\u0003' };
  expect((await bundleOnTerminal(args, { typed })).code).toBe(130);
});

test.each([['--yes'], ['--json'], ['--dry-run', '--yes']])(
  'import never asks with %s',
  async (...flags) => {
    expect((await bundleOnTerminal([...args, ...flags])).stdout).not.toContain(question);
  },
);

test('import never asks without a terminal', async () => {
  const { stdout, stderr } = await bundle(args);
  expect(stdout + stderr).not.toContain(question);
});

test('--dry-run shows what would be loaded', async () => {
  const { code, stdout } = await bundle([...args, '--dry-run']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/shop-api:1\.0 +load +5 B/);
  expect(stdout).toContain('nothing was changed');
});

test('after --dry-run, the next command has the name that was asked for', async () => {
  const { stdout } = await bundle([...args, '--dry-run', '--name', 'shop-test']);
  const [, shop] = args;
  expect(stdout).toContain(`import ${shop} --name shop-test --state-dir`);
});
