import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { points } from '@bundle/operate';
import { bundleCommand, docker, type EngineName, onEngine, startOnEngine } from '@bundle/testkit';
import {
  bundleOn,
  ending,
  healthy,
  packRelease,
  packVersions,
  pageImage,
  pageOn,
  restartEngine,
} from './small-app.ts';

// BUNDLE_TEST_SWEEP=1 tests every point of every step, on both image stores; otherwise some of them, on one.
const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';
const engines: readonly EngineName[] = sweep
  ? ['offline-28', 'offline-28-containerd']
  : ['offline-28'];
const product = 'faults-test';
const image = 'faults-test/web:latest';
const port = 8095;

const compose = (check: string, more = ''): string => `name: ${product}
services:
  web:
    image: ${image}
    restart: unless-stopped
    stop_signal: SIGKILL
    ports: ["\${HTTP_PORT:-${port}}:80"]
    volumes: ["data:/data"]
    healthcheck: ${check}
${more}
volumes: {data: {}}
`;
const good = healthy('wget -q -O /dev/null http://127.0.0.1/');
const bad = '{test: ["CMD", "false"], interval: 300ms, retries: 2}';

let work: string;
let bundles: Record<string, string> = {};
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'operate-faults-'));
  bundles = await packVersions(work, { product }, image, compose, { good, bad });
});
beforeAll(async () => {
  const images = [pageImage('faults-other/web:1', 'another product')];
  const services = 'services: {web: {image: "faults-other/web:1", stop_signal: SIGKILL}}\n';
  const other = { product: 'faults-other', version: '1.0', images, compose: services };
  bundles['other'] = await packRelease(work, other);
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe.each(engines)('on %s', (engine) => {
  let state: string;
  const quick = ['--yes', '--settle', '0.5', '--timeout', '30'];
  const run = (args: readonly string[], at?: string) =>
    bundleOn(engine, state, args, at === undefined ? {} : { BUNDLE_CRASH_AT: at });
  const up = (version: string, ...more: string[]) => ['up', version, ...quick, ...more];
  const write = (text: string) =>
    docker(engine, 'exec', `${product}-web-1`, 'sh', '-c', `echo ${text} > /data/file`);
  const data = () => docker(engine, 'exec', `${product}-web-1`, 'cat', '/data/file');
  const current = async (): Promise<string> =>
    (await readlink(join(state, product, 'current'))).replace(/^releases\/|-[0-9a-f]{12}$/g, '');
  /** Kills the run there; its lock remains. */
  const killedAt = async (point: string, args: readonly string[]): Promise<void> => {
    await ending(137, run(args, point));
  };
  /**
   * Checks that `current`, the journal, the running image and its page belong to one release, and nothing is
   * pending.
   */
  const isWholly = async (version: string): Promise<void> => {
    expect(await pageOn(engine, port)).toBe(`page of ${version}`);
    expect(await current()).toBe(version);
    const journal = JSON.parse(await readFile(join(state, product, 'journal.json'), 'utf8'));
    expect(journal.pending).toBeNull();
    expect(journal.running.release).toMatch(new RegExp(`^${version}-`));
  };

  const stagedAs = async (version: string): Promise<string> => {
    const names = await readdir(join(state, product, 'releases'));
    return names.find((name) => name.startsWith(`${version}-`)) ?? '';
  };

  beforeAll(async () => {
    state = await mkdtemp(join(work, 'state-'));
    await ending(0, run(['import', bundles['1.0'] ?? '', '--up', ...quick]));
    for (const version of ['2.0', '3.0']) {
      await ending(0, run(['import', bundles[version] ?? '', '--yes']));
    }
    await write('first');
  });
  afterAll(async () => {
    await run(['uninstall', '--yes', '--volumes']);
  });

  // operate-twice tests the points of services that start first.
  const all = points.filter((point) => !/^(restore|beside)/.test(point));
  const isUndo = (point: string): boolean => point.startsWith('undo');
  const forward = all.filter((point) => !isUndo(point));
  const some = ['back-up:end', 'switch:linked'];
  test.each(sweep ? forward : some)(
    'an upgrade killed at %s is finished by the next run',
    async (point) => {
      await killedAt(point, up('2.0', '--backup-volumes'));
      await ending(0, run(up('2.0', '--backup-volumes')));
      await isWholly('2.0');
      await ending(0, run(['rollback', ...quick]));
      await isWholly('1.0');
    },
  );

  const undoing = all.filter(isUndo);
  test.each(sweep ? undoing : ['undo:started'])(
    'a rollback killed at %s is finished by the next run',
    async (point) => {
      await killedAt(point, up('3.0', '--backup-volumes'));
      if (point === 'undo:end') await ending(0, run(['up', ...quick]));
      else await ending(87, run(up('3.0', '--backup-volumes')));
      await isWholly('1.0');
      expect(await data()).toBe('first');
    },
  );

  test.each(sweep ? undoing : ['undo:restored'])(
    'an upgrade killed, and killed again at %s while it is undone, ends where it began',
    async (point) => {
      await killedAt('start:end', up('2.0'));
      await killedAt(point, ['rollback', ...quick]);
      if (point !== 'undo:end') {
        const { stdout } = await ending(91, run(['status']));
        expect(stdout).toContain('interrupted');
        await ending(0, run(['rollback', ...quick]));
      }
      await isWholly('1.0');
    },
  );

  test.each(sweep ? ['switch:begin', 'switch:linked', 'switch:end'] : ['switch:begin'])(
    'a rollback after an upgrade killed at %s still rolls back',
    async (point) => {
      await killedAt(point, up('2.0'));
      await ending(0, run(['rollback', ...quick]));
      await isWholly('1.0');
    },
  );

  const pairs = forward.slice(1).map((point, index) => [forward[index] ?? '', point] as const);
  (sweep ? test : undefined)?.each(pairs)(
    'an upgrade that is killed at %s, and then at %s as it goes on, is finished by the next run',
    async (first, second) => {
      const copying = first.startsWith('prepare') ? ['--backup-volumes'] : [];
      await killedAt(first, up('2.0', '--backup-volumes'));
      await killedAt(second, up('2.0', ...copying));
      await ending(0, run(up('2.0', ...copying)));
      await isWholly('2.0');
      await ending(0, run(['rollback', ...quick]));
      await isWholly('1.0');
    },
  );

  test('a rollback restores the volumes from before the upgrade', async () => {
    await ending(0, run(up('2.0', '--backup-volumes')));
    await write('second');
    const points = sweep ? ['restore:begin', 'restore:end'] : ['restore:begin'];
    for (const point of points) await killedAt(point, ['rollback', '--restore-volumes', ...quick]);
    await ending(0, run(['rollback', '--restore-volumes', ...quick]));
    await isWholly('1.0');
    expect(await data()).toBe('first');
    // An upgrade without a volume copy has nothing to restore.
    await ending(0, run(up('2.0')));
    const none = await ending(92, run(['rollback', '--restore-volumes', ...quick]));
    expect(none.stderr).toContain('without --restore-volumes');
    await ending(0, run(['rollback', ...quick]));
  });

  test('a state folder of a newer command is left alone', async () => {
    const journal = join(state, product, 'journal.json');
    const text = await readFile(journal, 'utf8');
    await writeFile(journal, text.replace('"schemaVersion": 1', '"schemaVersion": 2'));
    for (const args of [['up'], ['status'], ['import', bundles['2.0'] ?? '', '--yes']]) {
      const { stderr } = await ending(58, run(args));
      expect(stderr).toContain('A newer bundle command');
    }
    await writeFile(journal, text);
    expect(await pageOn(engine, port)).toBe('page of 1.0');
  });

  test('without the compose plugin it says what to install, and the old release keeps running', async () => {
    const command = [...bundleCommand, ...up('2.0'), '--state-dir', state];
    const alone = onEngine(engine, ['env', 'PATH=/usr/bin:/bin', ...command]);
    const { stderr } = await ending(33, alone);
    expect(stderr).toContain('Install the docker-compose plugin');
    await isWholly('1.0');
  });

  test('a port in use is reported before anything is stopped', async () => {
    const name = ['--name', `${product}-b`];
    await ending(0, run(['import', bundles['1.0'] ?? '', '--yes', '--allow-older', ...name]));
    const { stderr } = await ending(93, run(['up', ...name, ...quick]));
    expect(stderr).toContain(`${port}/tcp for web is taken by the container ${product}-web-1`);
    const free = ['--set', `HTTP_PORT=${port - 70}`];
    await ending(0, run(['up', ...name, ...quick, ...free]));
    const process = startOnEngine(engine, ['busybox', 'nc', '-l', '-p', String(port - 71)]);
    const taken = ['--set', `HTTP_PORT=${port - 71}`];
    const other = await ending(93, run(['up', ...name, ...quick, ...taken]));
    process.kill('SIGKILL');
    expect(other.stderr).toMatch(/is taken by \S+ \(process \d+\)/);
    expect(await pageOn(engine, port - 70)).toBe('page of 1.0');
    await ending(0, run(['uninstall', '--yes', '--volumes', ...name]));
    await isWholly('1.0');
  });

  test('nothing done to one instance affects another instance or product', async () => {
    const idsOf = async (names: readonly string[]): Promise<string[]> => {
      const list = names.map((name) =>
        docker(engine, 'ps', '-aq', '--filter', `label=com.docker.compose.project=${name}`),
      );
      return Promise.all(list);
    };
    const second = `${product}-b`;
    const other = 'faults-other';
    const set = ['--set', `HTTP_PORT=${port - 70}`, '--name', second];
    const old = ['import', bundles['1.0'] ?? '', '--up', '--allow-older'];
    await ending(0, run([...old, ...quick, ...set]));
    await ending(0, run(['import', bundles['other'] ?? '', '--up', ...quick]));
    const works: readonly (readonly string[])[] = [
      ['import', bundles['2.0'] ?? '', '--up', ...quick],
      ['rollback', ...quick],
      ['prune', '--keep', '1', '--yes'],
      ['uninstall', '--yes', '--volumes'],
    ];
    const untouched = await idsOf([product, other]);
    for (const [command = '', ...args] of works)
      await ending(0, run([command, ...args, '--name', second]));
    expect(await idsOf([product, other])).toEqual(untouched);
    const first = await idsOf([product]);
    await ending(0, run(['uninstall', '--yes', '--volumes', '--name', other]));
    expect(await idsOf([product])).toEqual(first);
    expect(await pageOn(engine, port)).toBe('page of 1.0');
    await ending(0, run(up('2.0', '--name', product)));
    await ending(0, run(['rollback', ...quick]));
    await isWholly('1.0');
  });

  test('moved names and hand-edited files are reported, and the release runs its own', async () => {
    const filter = ['--filter', `label=com.docker.compose.project=${product}`];
    const [container = '', pinned = ''] = (
      await docker(engine, 'ps', ...filter, '--format', '{{.ID}} {{.Image}}')
    ).split(' ');
    // If it were paused, its health check would fail.
    const other = await docker(engine, 'commit', '--pause=false', container, pinned);
    await docker(engine, 'tag', pinned, image);
    const moved = await ending(0, run(['status']));
    for (const name of [pinned, image])
      expect(moved.stdout).toContain(
        `changed by hand: ${name} now names a different image than the release's: ${other}`,
      );
    await docker(engine, 'rmi', pinned, image);
    expect((await ending(0, run(['status']))).stdout).toContain(`no image is named ${pinned}`);
    await ending(0, run(['up', ...quick]));
    const file = join(state, product, 'current', 'docker-compose.yml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('SIGKILL', 'SIGTERM'));
    const { stdout } = await ending(0, run(['status']));
    expect(stdout).toMatch(/docker-compose\.yml in .* differs from the bundle/);
    expect(stdout).toContain('web was started with different settings or files');
    const { stderr } = await ending(0, run(up('2.0')));
    expect(stderr).toContain('docker-compose.yml');
    await writeFile(
      join(state, product, 'releases', await stagedAs('1.0'), 'docker-compose.yml'),
      text,
    );
    await ending(0, run(['rollback', ...quick]));
    await isWholly('1.0');
    expect((await ending(0, run(['status']))).stdout).not.toContain('changed by hand');
  });

  test('if the engine does not answer, status says so and shows the release', async () => {
    const away = ['--docker-host', `unix://${state}/no.sock`];
    const { stdout, stderr } = await ending(30, run(['status', ...away]));
    expect(stdout).toMatch(/faults-test +1\.0.* unknown/);
    expect(stderr).toContain('reaching the Docker engine at unix:///');
  });

  test('containers of the same project from another folder are not touched', async () => {
    const other = await mkdtemp(join(work, 'other-'));
    const { stderr } = await bundleOn(engine, other, [
      'import',
      bundles['2.0'] ?? '',
      '--up',
      ...quick,
    ]);
    expect(stderr).toContain(`add --state-dir ${state}`);
    await isWholly('1.0');
    expect(await readdir(other)).not.toContain(product);
  });

  test.each(sweep ? [200, 600, 1000, 1500, 2000, 3000] : [1500])(
    'an upgrade waits for an engine restarted %i ms after its beginning',
    async (moment) => {
      const upgrade = run(up('2.0', '--settle', '3'));
      await sleep(moment);
      await restartEngine(engine);
      // It exited before any question, so nothing has begun.
      if ((await upgrade).code === 30) await ending(0, run(up('2.0')));
      else await ending(0, upgrade);
      await isWholly('2.0');
      await ending(0, run(['rollback', ...quick]));
      await isWholly('1.0');
    },
  );
});

test('row 47: nginx keeps running while services behind it are upgraded, and a broken configuration is refused', async () => {
  const engine = 'offline-28';
  const state = await mkdtemp(join(work, 'nginx-'));
  const product = 'nginx-test';
  const release = (version: string, conf: string, page = 'behind nginx') =>
    packRelease(work, {
      product,
      version,
      images: [pageImage('nginx-test/web:1', page)],
      compose: `services:
  web: {image: "nginx-test/web:1", stop_signal: SIGKILL}
  proxy:
    image: llm-chat/nginx:bookworm
    ports: ["8094:80"]
    volumes: ["./default.conf:/etc/nginx/conf.d/default.conf:ro"]
    depends_on: [web]
`,
      files: { 'default.conf': conf },
    });
  const good = 'server { listen 80; location / { proxy_pass http://web:80; } }\n';
  const flags = ['--up', '--yes', '--settle', '0.5', '--state-dir', state, '--no-progress'];
  // Images from the build cache of an earlier run are older than their release.
  flags.push('--allow-older');
  const install = async (bundle: string) =>
    onEngine(engine, [...bundleCommand, 'import', bundle, ...flags]);
  try {
    await ending(0, install(await release('1.0', good)));
    expect(await pageOn(engine, 8094)).toBe('behind nginx');
    // Another page with the same configuration: nginx itself is not restarted.
    const proxy = () => docker(engine, 'ps', '-q', '--filter', `name=${product}-proxy`);
    const before = await proxy();
    await ending(0, install(await release('1.1', good, 'page of 1.1')));
    expect(await proxy()).toBe(before);
    const { stderr } = await ending(89, install(await release('2.0', good.replace('80;', '80'))));
    expect(stderr).toMatch(/emerg.*default\.conf/);
    expect(await proxy()).toBe(before);
    const including = `include /etc/nginx/absent.conf;\n${good}`;
    const missing = await ending(89, install(await release('2.1', including)));
    expect(missing.stderr).toMatch(/emerg.*absent\.conf/);
    expect(await proxy()).toBe(before);
    expect(await pageOn(engine, 8094)).toBe('page of 1.1');
    expect(await readlink(join(state, product, 'current'))).toMatch(/1\.1-/);
  } finally {
    await bundleOn(engine, state, ['uninstall', '--yes', '--volumes']);
  }
});
