import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildBusybox,
  bundleCommand,
  docker,
  type EngineName,
  onEngine,
  printedBy,
} from '@bundle/testkit';

// Built and exported on a real engine, imported on engines of both stores without a network.

const source = 'connected';
const image = 'deltas-test/app:1';
// Unique content, so that no engine has blobs of an earlier run.
const data = randomBytes(3_000_000).toString('base64');
/** The data of a release: a few bytes of it change. */
function dataOf(release: number): string {
  const at = release * 600_000;
  const mark = `release ${release}`;
  return data.slice(0, at) + mark + data.slice(at + mark.length);
}

let work: string;
const at = (name: string): string => join(work, name);

async function run(engine: EngineName, ...args: string[]) {
  const { code, stdout, stderr } = await onEngine(engine, [...bundleCommand, ...args, '--json'], {
    cwd: work,
  });
  const json = JSON.parse(stdout);
  return { code, json, error: json.error, stderr };
}

async function exported(release: number, output: string, ...args: string[]) {
  const version = ['--release-version', `1.${release}`, '--sequence', String(release + 1)];
  const { code, json, stderr } = await run(
    source,
    ...['export', at('compose.yml'), '-o', at(output), '--no-runtime', ...version, ...args],
  );
  if (code !== 0) throw new Error(stderr);
  return json;
}

const build = (release: number) =>
  buildBusybox(source, {
    reference: image,
    files: { data: dataOf(release) },
    // On a busy machine, docker loses the output of a container that ends at once.
    command: ['sh', '-c', 'sha256sum /data && sleep 1'],
  });

const imported = (engine: EngineName, name: string) =>
  run(engine, 'import', at(name), '--state-dir', at(`state-${engine}`), '--yes');

/** Removes the image, and what lost its name to a later release. */
async function remove(engine: EngineName): Promise<void> {
  const ids = (await docker(engine, 'images', '-aq', '--no-trunc', image)).split('\n');
  await docker(engine, 'rmi', '-f', ...new Set(ids));
  await docker(engine, 'image', 'prune', '-f');
}

const shown = async (engine: EngineName): Promise<string> =>
  (await printedBy(engine, image)).slice(0, 64);
const expected = (release: number): string =>
  createHash('sha256').update(dataOf(release)).digest('hex');

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'deltas-'));
  await writeFile(at('compose.yml'), `name: shop\nservices: { app: { image: "${image}" } }\n`);
  await build(0);
  await exported(0, 'zero');
  await build(1);
  await exported(1, 'one.tar', '--since', at('zero'));
  await exported(1, 'whole-one.tar');
  await build(2);
  await exported(2, 'jump.tar', '--since', at('zero'));
  await exported(2, 'whole.tar', '--since', at('zero'), '--no-delta');
});
afterAll(() => rm(work, { recursive: true, force: true }));

test('an update has the size of what changed in a layer', async () => {
  const sizes = await Promise.all(
    ['one.tar', 'jump.tar', 'whole.tar'].map(async (name) => (await stat(at(name))).size),
  );
  const [one = 0, jump = 0, whole = 0] = sizes;
  expect(Math.max(one, jump)).toBeLessThan(whole / 4);
  expect(whole).toBeGreaterThan(3_000_000);
});

describe.each(['offline-28', 'offline-28-containerd', 'offline-26-containerd'] as const)(
  'on %s',
  (engine) => {
    test('it is refused without its base, and nothing is changed', async () => {
      expect(await imported(engine, 'one.tar')).toMatchObject({
        code: 70,
        error: { code: 'base-missing', hint: expect.stringContaining('shop 1.0') },
      });
      expect(await docker(engine, 'images', '-q', image)).toBe('');
    });

    test('step by step and in one jump, it gives images that run, and that the next update builds on', async () => {
      expect(await imported(engine, 'zero')).toMatchObject({ code: 0 });
      expect(await imported(engine, 'one.tar')).toMatchObject({ code: 0 });
      expect(await shown(engine)).toBe(expected(1));
      const inventory = at(`${engine}.json`);
      const asked = ['inventory', '--state-dir', at(`state-${engine}`), '-o', inventory];
      expect(await run(engine, ...asked)).toMatchObject({ code: 0 });
      // Only the source engine has old bytes: in the image that lost its name.
      const next = `for-${engine}.tar`;
      expect((await exported(2, next, '--for', inventory)).manifest.deltas).toHaveLength(1);
      expect(await imported(engine, next)).toMatchObject({ code: 0 });
      expect(await shown(engine)).toBe(expected(2));
      await remove(engine);
      const state = at(`jump-${engine}`);
      for (const name of ['zero', 'jump.tar']) {
        const args = ['import', at(name), '--state-dir', state, '--yes'];
        expect(await run(engine, ...args)).toMatchObject({ code: 0 });
      }
      expect(await shown(engine)).toBe(expected(2));
      await remove(engine);
    });
  },
);

test('one update serves hosts at different releases, on either store', async () => {
  const hosts = ['offline-28', 'offline-28-containerd'] as const;
  const state = (engine: EngineName): string[] => ['--state-dir', at(`several-${engine}`)];
  const give = async (engine: EngineName, name: string) => {
    const result = await run(engine, 'import', at(name), ...state(engine), '--yes');
    expect(result).toMatchObject({ code: 0 });
  };
  await give('offline-28', 'zero');
  await give('offline-28-containerd', 'whole-one.tar');
  const inventories: string[] = [];
  for (const engine of hosts) {
    const file = at(`several-${engine}.json`);
    expect(await run(engine, 'inventory', ...state(engine), '-o', file)).toMatchObject({ code: 0 });
    inventories.push('--for', file);
  }
  const { manifest } = await exported(2, 'several.tar', ...inventories);
  const made = new Set(manifest.deltas.map(({ digest }: { digest: string }) => digest));
  expect({ deltas: manifest.deltas.length, layers: made.size }).toEqual({ deltas: 2, layers: 1 });
  for (const engine of hosts) {
    await give(engine, 'several.tar');
    expect(await shown(engine)).toBe(expected(2));
    await remove(engine);
  }
});
