import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { type StandInEngine, standInEngine } from './faults/stand-in-engine.ts';
import { bundle, finished, shows, startBundle, startOnTerminal } from './run-bundle.ts';

let work: string;
let engine: StandInEngine;
const at = (name: string): string => join(work, name);
const state = (): string[] => ['--state-dir', at('state')];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'phases-'));
  await writeSampleBundle(at('shop.bundle'), sampleManifest());
  await writeFile(at('compose.yml'), 'name: shop\nservices: { api: { image: "api:1" } }\n');
  const places = ['--engine', `oci:${at('engine')}`, ...state()];
  expect((await bundle(['import', at('shop.bundle'), '--yes', ...places])).code).toBe(0);
  engine = await standInEngine(at('slow.sock'), { Version: '28.5.2' }, 5000);
});
afterAll(async () => {
  engine.close();
  await rm(work, { recursive: true, force: true });
});

describe('while an engine takes long to answer', () => {
  test.each([
    ['status', []],
    ['logs', ['api']],
    ['logs', ['api', '--follow']],
    ['up', ['--yes']],
    ['prune', ['--yes']],
    ['uninstall', ['--yes']],
    ['inventory', ['-o', 'inventory.json']],
    ['doctor', []],
    ['deploy', ['swarm']],
  ])(
    '%s says after 2 s what it is doing',
    async (command, args) => {
      const places = ['--docker-host', engine.dockerHost, ...state()];
      const child = startBundle([command, ...args, ...places], { cwd: work });
      const result = finished(child);
      await shows(child.stderr, 'so far');
      child.kill('SIGKILL');
      expect((await result).stderr).toMatch(/^[a-z ]+: 2(\.\d)?s so far$/m);
    },
    20_000,
  );

  test('import and preflight say so as well', async () => {
    for (const command of ['import', 'preflight']) {
      const places = ['--docker-host', engine.dockerHost, ...state()];
      const child = startBundle([command, at('shop.bundle'), ...places], { cwd: work });
      const result = finished(child);
      await shows(child.stderr, 'so far');
      child.kill('SIGKILL');
      expect((await result).stderr).toMatch(/^[a-z ]+: 2(\.\d)?s so far$/m);
    }
  }, 40_000);

  test('logs shows it on a terminal within half a second', async () => {
    const places = ['--docker-host', engine.dockerHost, ...state()];
    const child = startOnTerminal(['logs', 'api', ...places], { cwd: work });
    const result = finished(child);
    await shows(child.stdout, 'asking the engine: ');
    child.kill('SIGKILL');
    await result;
  }, 20_000);
});

describe('each command that reads a bundle or a state folder names its steps', () => {
  test.each([
    [['releases'], 'reading the releases'],
    [['service', 'status'], 'asking systemd'],
    [['init', '--dry-run'], 'reading the application'],
    [['settings', 'shop.bundle', '--passphrase-file', 'passphrase'], 'encrypting the settings'],
    [['sign', 'shop.bundle', '--key', 'none'], 'reading the bundle'],
    [['images', 'shop.bundle', '-o', 'images.tar'], 'reading the bundle'],
    [
      ['push', 'shop.bundle', '127.0.0.1:1/shop', '--plain-http', '127.0.0.1:1'],
      'reading the bundle',
    ],
  ])('%j', async (args, phase) => {
    await writeFile(at('passphrase'), 'correct horse battery');
    const places = ['releases', 'service'].includes(args[0] ?? '') ? state() : [];
    const { stderr } = await bundle([...args, ...places, '--verbose'], { cwd: work });
    expect(stderr).toContain(`${phase}: done, `);
  });
});
