import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout, startTestRegistry } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

// What the command shows; import/test/deltas.slow.test.ts has what it does.

let work: string;
const at = (name: string): string => join(work, name);
const run = (...args: string[]) => bundle(args, { cwd: work });
function exported(output: string, release: string, ...args: string[]) {
  const engine = ['--engine', `oci:${at(`layout-${release}`)}`, '--no-runtime'];
  const more = ['--release-version', release, '-o', at(output), ...engine, ...args];
  return run('export', at('compose.yml'), ...more);
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'deltas-'));
  await writeFile(at('compose.yml'), 'name: shop\nservices: { app: { image: "app:1" } }\n');
  const data = randomBytes(1_500_000).toString('base64');
  for (const release of ['1', '2', '3']) {
    const place = 1000 * Number(release);
    const text = `${data.slice(0, place)}${release}${data.slice(place + 1)}`;
    await makeLayout(at(`layout-${release}`), [{ reference: 'app:1', layers: [{ text }] }]);
  }
  expect(await exported('one', '1')).toMatchObject({ code: 0 });
});
afterAll(() => rm(work, { recursive: true, force: true }));

test('export says what a delta saves; inspect and diff show it; serve refuses to make layers', async () => {
  const { stdout, code } = await exported('two.tar', '2', '--since', at('one'));
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Deltas: 1 changed layer in .* instead of 1\.5\d? MB/),
  });
  expect((await run('verify', at('two.tar'))).code).toBe(0);
  expect((await run('validate', at('two.tar'))).code).toBe(0);
  const inspected = await run('inspect', at('two.tar'));
  expect(inspected.stdout).toMatch(/Deltas\n +LAYER +DELTA +SAVES +MADE FROM.*\n +sha256:/);
  const diff = await run('diff', at('one'), at('two.tar'));
  expect(diff.stdout).toMatch(/added +sha256:\S+ +1\.5\d? MB +delta, /);
  const { manifest, parts } = JSON.parse((await run('inspect', at('two.tar'), '--json')).stdout);
  expect(manifest.deltas).toHaveLength(1);
  const names = parts.map(({ name }: { name: string }) => name);
  expect(names).toEqual(['application', 'files']);
  const served = await run('serve', at('two.tar'), at('one'), '--port', '0');
  expect(served).toMatchObject({ code: 70, stderr: expect.stringContaining('--no-delta') });
});

test('push refuses a delta in place of a layer, also where the base is in the registry', async () => {
  const registry = await startTestRegistry();
  try {
    expect((await run('push', at('one'), registry.host)).code).toBe(0);
    expect((await exported('pushed.tar', '2', '--since', at('one'))).code).toBe(0);
    const { code, stderr } = await run('push', at('pushed.tar'), registry.host);
    expect({ code, stderr }).toMatchObject({
      code: 70,
      stderr: expect.stringContaining('--no-delta'),
    });
  } finally {
    await registry.close();
  }
});

test('--no-delta carries the layer whole', async () => {
  const { stdout } = await exported('whole', '2', '--since', at('one'), '--no-delta');
  expect(stdout).not.toContain('Deltas');
  expect(await readFile(at('whole/README.txt'), 'utf8')).not.toContain('deltas');
});

test('a layer without old bytes is carried whole, and export says where it looked', async () => {
  const { stdout } = await exported('blind', '2', '--since', at('one/bundle.json'));
  expect(stdout).toMatch(
    /Changed layers carried whole\n +sha256:\S+ \(1\.5\d? MB\): .*layer cache.*up to 1\.5\d? MB/,
  );
});

describe('an update for hosts at different releases', () => {
  const cache = () => ['--cache', at('cache')];
  const imported = (host: string, name: string) => {
    const place = ['--engine', `oci:${at(host)}`, '--state-dir', at(`state-${host}`)];
    return run('import', at(name), ...place, '--yes');
  };
  async function inventoryOf(host: string): Promise<string> {
    const place = ['--engine', `oci:${at(host)}`, '--state-dir', at(`state-${host}`)];
    expect((await run('inventory', ...place, '-o', at(`${host}.json`))).code).toBe(0);
    return at(`${host}.json`);
  }

  beforeAll(async () => {
    await exported('whole-1', '1', ...cache());
    await exported('whole-2', '2', ...cache());
    await imported('ward', 'whole-1');
    await imported('lab', 'whole-2');
    const [ward, lab] = [await inventoryOf('ward'), await inventoryOf('lab')];
    await exported('for-ward.tar', '3', '--for', ward, ...cache());
    await exported('for-lab.tar', '3', '--for', lab, ...cache());
    const { stdout } = await exported('both.tar', '3', '--for', ward, '--for', lab, ...cache());
    expect(stdout).toMatch(/Deltas: 1 changed layer in .* instead of 1\.5\d? MB/);
  });

  test('has a delta for each of them, and is smaller than two updates', async () => {
    const { manifest } = JSON.parse((await run('inspect', at('both.tar'), '--json')).stdout);
    const [one, other] = manifest.deltas;
    expect(manifest.deltas).toHaveLength(2);
    expect(other.digest).toBe(one.digest);
    expect(other.from).not.toEqual(one.from);
    expect((await run('verify', at('both.tar'))).code).toBe(0);
    const sizeOf = async (name: string): Promise<number> => (await stat(at(name))).size;
    const both = await sizeOf('both.tar');
    expect(both).toBeLessThan((await sizeOf('for-ward.tar')) + (await sizeOf('for-lab.tar')));
    expect(both).toBeLessThan(200_000);
  });

  test.each(['ward', 'lab'])('gives the host %s its images', async (host) => {
    expect(await imported(host, 'both.tar')).toMatchObject({ code: 0 });
    const { manifest } = JSON.parse((await run('inspect', at('both.tar'), '--json')).stdout);
    const [{ digest }] = manifest.images[0].layers;
    const blob = await readFile(join(at(host), 'blobs/sha256', digest.slice('sha256:'.length)));
    expect(createHash('sha256').update(blob).digest('hex')).toBe(digest.slice('sha256:'.length));
  });

  test('is refused on a host that has neither release', async () => {
    const { code, stderr } = await imported('empty', 'both.tar');
    expect({ code, stderr }).toMatchObject({ code: 70, stderr: expect.stringContaining('shop') });
  });
});
