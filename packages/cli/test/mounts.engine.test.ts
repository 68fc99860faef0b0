import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildBusybox, bundleCommand, docker, onEngine, remoteEngine } from '@bundle/testkit';
import { bundleOn, ending } from './small-app.ts';

const product = 'mounting';
const compose = `services:
  web:
    image: ${product}:1
    volumes: [../conf:/conf:ro, ../tool.sh:/tool.sh, ./data:/data, ./app.db:/app.db, ./new:/new]
`;
const files: Readonly<Record<string, string>> = {
  '.git/HEAD': 'ref: refs/heads/main\n',
  'docker/compose.yml': compose,
  'docker/data/here': 'data of the source side',
  'docker/app.db': 'a database of the source side',
  'conf/app.conf': 'first',
  'tool.sh': 'echo tool',
};

describe('mounts of a repository', () => {
  let work: string;
  let state: string;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'mounts-'));
    state = join(work, 'state');
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(work, 'repository', path)), { recursive: true });
      await writeFile(join(work, 'repository', path), text);
    }
    const command = ['sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait'];
    await buildBusybox('connected', { reference: `${product}:1`, command });
  });
  afterAll(async () => {
    const flags = ['--name', product, '--yes', '--volumes'];
    await bundleOn('offline-28', state, ['uninstall', ...flags]);
    await rm(work, { recursive: true, force: true });
  });

  const pack = async (version: string): Promise<string> => {
    const output = join(work, `${version}.tar`);
    const flags = ['--product', product, '--release-version', version, '--pull', 'never'];
    const project = join(work, 'repository/docker');
    const args = ['export', project, '-o', output, ...flags, '--no-runtime', '--no-progress'];
    await ending(0, onEngine('connected', [...bundleCommand, ...args]));
    return output;
  };
  const up = (bundle: string) => {
    const flags = ['--up', '--yes', '--settle', '0'];
    return bundleOn('offline-28', state, ['import', bundle, ...flags]);
  };
  const inWeb = async (script: string): Promise<string> => {
    const container = `${product}-web-1`;
    const { stdout } = await ending(
      0,
      onEngine('offline-28', ['docker', 'exec', container, 'sh', '-c', script]),
    );
    return stdout.trim();
  };

  test('what is missing is refused before anything changes; what is brought stays for all releases', async () => {
    const first = await pack('1.0');
    const mounts = join(state, product, 'mounts');
    const looked = await ending(81, bundleOn('offline-28', state, ['preflight', first]));
    expect(looked.stdout).toContain(`the folder ${mounts}/data, mounted by web, is not there`);
    expect(looked.stdout).toContain(`the file ${mounts}/app.db, mounted by web, is not there`);
    expect(looked.stdout).not.toMatch(/mounts\/(?:new|_parent)/);
    await ending(81, up(first));
    expect(existsSync(join(state, product))).toBe(false);

    await mkdir(join(mounts, 'data'), { recursive: true });
    await writeFile(join(mounts, 'app.db'), 'brought');
    await ending(0, up(first));
    expect(await inWeb('cat /conf/app.conf; sh /tool.sh; cat /app.db; ls /data /new')).toBe(
      'firsttool\nbrought/data:\n\n/new:',
    );
    await inWeb('echo written >/data/there; echo changed >/app.db; echo new >/new/file');

    await mkdir(join(state, product, 'releases/conf'));
    await ending(0, bundleOn('offline-28', state, ['status']));

    await writeFile(join(work, 'repository/conf/app.conf'), 'second');
    await ending(0, up(await pack('2.0')));
    const seen = 'cat /conf/app.conf; echo; cat /app.db /data/there /new/file';
    expect(await inWeb(seen)).toBe('second\nchanged\nwritten\nnew');
    await ending(0, bundleOn('offline-28', state, ['prune', '--keep', '1', '--yes']));
    expect(await inWeb(seen)).toBe('second\nchanged\nwritten\nnew');
    await ending(0, bundleOn('offline-28', state, ['uninstall', '--yes']));
    expect(await readFile(join(mounts, 'data/there'), 'utf8')).toBe('written\n');
  });

  test('a file that is gone when a release is started ends the start, and what runs still runs', async () => {
    const first = await pack('3.0');
    const mounts = join(state, product, 'mounts');
    await mkdir(join(mounts, 'data'), { recursive: true });
    await writeFile(join(mounts, 'app.db'), 'brought');
    await ending(0, up(first));
    await rm(join(mounts, 'app.db'));
    const { stderr } = await ending(89, bundleOn('offline-28', state, ['up', '--yes']));
    expect(stderr).toContain(`the file ${mounts}/app.db, mounted by web, is not there`);
    expect(await inWeb('echo runs')).toBe('runs');
  });

  test('an engine on another machine looks for mounts there, so what is mounted from this one is refused', async () => {
    const bundle = await pack('3');
    const far = join(work, 'far');
    const refused = await ending(81, bundleOn(remoteEngine, far, ['preflight', bundle]));
    expect(refused.stdout).toMatch(
      /fail +mounts +the engine is on another machine and looks there/,
    );
    expect(refused.stdout).toContain('_parent/conf (mounted by web)');
    expect(refused.stdout).toContain('import it there');
    await ending(0, bundleOn(remoteEngine, far, ['import', bundle, '--yes']));
    const start = ['up', '--yes', '--settle', '0'];
    const { stderr } = await ending(89, bundleOn(remoteEngine, far, start));
    expect(stderr).toContain('expected: an engine on this machine');
    expect(await docker(remoteEngine, 'ps', '-aq')).toBe('');
    // This one sees the same files, as with a state folder that both machines share.
    for (const path of ['data/here', 'app.db'])
      await mkdir(dirname(join(far, product, 'mounts', path)), { recursive: true });
    await writeFile(join(far, product, 'mounts/app.db'), '');
    await ending(0, bundleOn(remoteEngine, far, [...start, '--ignore', 'mounts']));
    await ending(0, bundleOn(remoteEngine, far, ['uninstall', '--yes', '--volumes']));
  });
});
