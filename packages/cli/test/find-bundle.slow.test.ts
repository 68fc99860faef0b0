import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeLayout, sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

const run = promisify(execFile);
let work: string;
const at = (...names: string[]): string => join(work, ...names);

/** Returns the path of the bundle that `verify` read. */
async function taken(path: string): Promise<string> {
  const { code, stdout } = await bundle(['verify', path, '--json']);
  expect({ path, code }).toEqual({ path, code: 0 });
  return JSON.parse(stdout).bundle;
}

async function refused(...args: string[]): Promise<string> {
  const { code, stderr } = await bundle(args, { cwd: work });
  expect(code).toBe(50);
  return stderr;
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'find-'));
  await makeLayout(at('layout'), [{ reference: 'app:1', layers: [{ text: 'layer' }] }]);
  await mkdir(at('project'));
  await writeFile(at('project/compose.yml'), 'name: shop\nservices: { app: { image: "app:1" } }\n');
  const from = ['export', at('project'), '--engine', `oci:${at('layout')}`, '--no-runtime'];
  for (const folder of ['stick', 'parts', 'two']) await mkdir(at(folder));
  const whole = await bundle([...from, '-o', at('stick/shop.tar')]);
  const split = await bundle([...from, '-o', at('parts/shop.tar'), '--split', '64KiB']);
  expect([whole.code, split.code]).toEqual([0, 0]);
  for (const name of ['a.tar', 'b.tar']) await copyFile(at('stick/shop.tar'), at('two', name));
  await writeSampleBundle(at('folders/shop.bundle'), sampleManifest());
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe('a bundle is found', () => {
  test('as the only single file of a folder, and with a slash at the end', async () => {
    expect(await taken(at('stick'))).toBe(at('stick/shop.tar'));
    expect(await taken(`${at('stick')}/`)).toBe(at('stick/shop.tar'));
    expect(await taken(`${at('stick/shop.tar')}/`)).toBe(at('stick/shop.tar'));
  });

  test('as the only list of parts, by the name before the split, and by a part', async () => {
    const list = at('parts/shop.tar.parts.json');
    expect(await taken(at('parts'))).toBe(list);
    expect(await taken(at('parts/shop.tar'))).toBe(list);
    expect(await taken(at('parts/shop.tar.part001'))).toBe(list);
  });

  test('as the only folder with a bundle.json, and by its bundle.json', async () => {
    const folder = at('folders/shop.bundle');
    expect(await taken(at('folders'))).toBe(folder);
    expect(await taken(`${folder}/`)).toBe(folder);
    expect(await taken(join(folder, 'bundle.json'))).toBe(folder);
  });

  test('by every command that reads bundles', async () => {
    const engine = ['--engine', `oci:${at('engine')}`, '--state-dir', at('state')];
    for (const args of [
      ['inspect', at('stick')],
      ['diff', at('stick'), at('parts')],
      ['preflight', at('stick'), ...engine],
      ['import', at('parts'), '--yes', ...engine],
    ]) {
      const { code, stderr } = await bundle(args);
      expect({ args, code, stderr }).toMatchObject({ code: 0 });
    }
  });

  test('without an argument, as the only one of the current folder', async () => {
    for (const folder of ['stick', 'parts', 'folders', 'folders/shop.bundle']) {
      for (const command of ['verify', 'inspect']) {
        const { code, stderr } = await bundle([command], { cwd: at(folder) });
        expect({ folder, command, code, stderr }).toMatchObject({ code: 0 });
      }
    }
    const engine = ['--engine', `oci:${at('other')}`, '--state-dir', at('other-state')];
    const { code, stdout } = await bundle(['import', '--yes', ...engine], { cwd: at('stick') });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('shop') });
    expect((await bundle(['verify'], { cwd: at('two') })).stderr).toContain('a.tar, b.tar');
  });

  test('but not if there are two: then both are named', async () => {
    const stderr = await refused('verify', at('two'));
    expect(stderr).toContain('a.tar, b.tar');
    expect(stderr).toContain(`Name one of them: ${at('two/a.tar')}`);
  });

  test('but not under a wrong name: then the bundles beside it are named', async () => {
    expect(await refused('verify', at('two/c.tar'))).toContain('In the same folder: a.tar, b.tar');
    expect(await refused('verify', at('nowhere/c.tar'))).toContain('Check the path.');
  });

  test('but not by a wrong name of a list of parts: then the lists beside it are named', async () => {
    const wrong = at('parts/shp.tar.parts.json');
    for (const args of [
      ['verify', wrong],
      ['repair', wrong, '--from', at('stick/shop.tar')],
      ['repair', at('parts/shop.tar'), '--from', at('stick/shop.tar')],
    ])
      expect(await refused(...args)).toContain('In the same folder: shop.tar.parts.json');
  });

  test('but not under a wrong name: validate says what it expected and what to check', async () => {
    const { code, stderr } = await bundle(['validate', at('two/c.tar')]);
    expect(code).toBe(45);
    expect(stderr).toContain(
      'expected a bundle spec, a bundle.json or a bundle, found nothing there; in the same folder: a.tar, b.tar',
    );
    expect(stderr).toContain('What to do: Check the path and its permissions');
    const { stderr: chinese } = await bundle(['validate', at('two/c.tar'), '--lang', 'zh']);
    expect(chinese).toContain(
      '应为 离线包 spec、bundle.json 或离线包，实际为 那里什么都没有；同一目录中有：a.tar, b.tar',
    );
  });
});

describe('something other than a bundle is recognized', () => {
  beforeAll(async () => {
    await mkdir(at('saved/blobs/sha256'), { recursive: true });
    await writeFile(at('saved/manifest.json'), '[]');
    await run('tar', ['-C', at('saved'), '-cf', at('saved.tar'), 'blobs', 'manifest.json']);
    await run('tar', ['-C', work, '-cf', at('packed.tar'), 'folders']);
    await run('tar', ['-C', at('stick'), '-czf', at('shop.tar.gz'), 'shop.tar']);
    await writeFile(at('shop.zip'), Buffer.from('504b0304140000000800', 'hex'));
    await writeFile(at('shop.bundle.yaml'), 'schemaVersion: 1\ncompose: project/compose.yml\n');
    await mkdir(at('images'));
    await copyFile(at('saved.tar'), at('images/api.tar'));
    await mkdir(at('by hand'));
    await copyFile(at('saved.tar'), at('by hand/api.tar'));
    await copyFile(at('project/compose.yml'), at('by hand/compose.yml'));
    await writeFile(at('empty.tar'), '');
    await mkdir(at('nothing'));
  });

  test.each([
    ['an archive of docker save', 'saved.tar', 'docker save', 'docker load -i'],
    ['the same, unpacked', 'saved', 'an image layout', 'bundle export'],
    ['a bundle folder packed again', 'packed.tar', 'does not begin with bundle.json', 'tar -xf'],
    ['a compressed archive', 'shop.tar.gz', 'a compressed file', 'Decompress'],
    ['a zip archive', 'shop.zip', 'a zip archive', 'unzip'],
    ['a bundle spec', 'shop.bundle.yaml', 'a bundle spec', 'bundle export'],
    ['a folder of saved images', 'images', 'a folder of image archives', 'bundle adopt'],
    ['the same with a Compose file', 'by hand', 'a folder of image archives', 'bundle adopt'],
    ['a Compose file', 'project/compose.yml', 'a Compose file', 'bundle export'],
    ['a project', 'project', 'a folder with a Compose file', 'bundle export'],
    ['an empty file', 'empty.tar', 'nothing in it', 'Copy the bundle again'],
    ['an empty folder', 'nothing', 'nothing in it', 'Copy the bundle again'],
  ])('%s', async (_, name, found, hint) => {
    for (const command of ['verify', 'import', 'inspect']) {
      const stderr = await refused(command, at(name));
      expect(stderr).toContain(found);
      expect(stderr).toContain(hint);
    }
  });

  test('any other folder, without advice to delete anything', async () => {
    const stderr = await refused('verify', '/usr/lib');
    expect(stderr).toContain('no bundle.json');
    expect(stderr).not.toContain('Remove');
  });

  test('validate reports a Compose file as such, once', async () => {
    const { code, stderr } = await bundle(['validate', at('project/compose.yml'), at('stick')]);
    expect(code).toBe(12);
    expect(stderr.match(/: error: /g)).toHaveLength(1);
    expect(stderr).toContain('a Compose file, not a bundle spec');
  });
});

test('a bundle without its bundle.json is not mistaken for a project', async () => {
  await writeSampleBundle(at('lost'), sampleManifest());
  await rm(at('lost/bundle.json'));
  expect(await refused('verify', at('lost'))).toContain('no bundle.json in it');
});

test('parts are found in several comma-separated folders', async () => {
  const [one, two] = [at('media/one'), at('media/two')];
  for (const folder of [one, two]) await mkdir(folder, { recursive: true });
  await copyFile(at('parts/shop.tar.parts.json'), at('media/shop.tar.parts.json'));
  const names = (await readdir(at('parts'))).filter((name) => /part\d+$/.test(name));
  for (const [index, name] of names.entries())
    await copyFile(at('parts', name), join(index % 2 === 0 ? one : two, name));
  const list = at('media/shop.tar.parts.json');
  const { code } = await bundle(['verify', list, '--parts', `${one},${two}`]);
  expect(code).toBe(0);
});
