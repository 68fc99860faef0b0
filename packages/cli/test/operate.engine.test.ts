// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildBusybox,
  bundleCommand,
  docker,
  type EngineName,
  exitOf,
  onEngine,
  startOnEngine,
} from '@bundle/testkit';
import { shows } from './run-bundle.ts';
import { bundleOn, ending, healthy, packRelease, pageImage, pageOn } from './small-app.ts';

// All releases have the same tag, as is common: the running image must not depend on who moved it last.
const product = 'operate-test';
const image = 'operate-test/web:latest';
const port = 8097;

const compose = (check: string, extra = ''): string => `name: ${product}
services:
  web:
    image: ${image}
    restart: unless-stopped
    stop_signal: SIGKILL
    ports: ["\${HTTP_PORT:-${port}}:80"]
    environment: {GREETING: "\${GREETING:?what the page says}"}
    volumes: ["data:/data"]
    healthcheck: ${healthy(check)}
${extra}
volumes: {data: {}}
`;
const good = 'wget -q -O /dev/null http://127.0.0.1/';

let work: string;
const bundles: Record<string, string> = {};

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'operate-'));
  for (const [version, check] of [
    ['1.0', good],
    ['2.0', good],
    ['3.0', 'echo page is broken; exit 1'],
  ] as const) {
    const images = [pageImage(image, `page of ${version}`)];
    const extra =
      version === '2.0'
        ? '  more: {image: "operate-test/web:latest", stop_signal: SIGKILL, environment: {LEVEL: "${LEVEL:-info}"}}\n'
        : '';
    bundles[version] = await packRelease(work, {
      product,
      version,
      images,
      compose: compose(check, extra),
      // Not packed; only the export needs it, to read the Compose file.
      files: { '.env': 'GREETING=of the source host\n' },
    });
  }
});
afterAll(() => rm(work, { recursive: true, force: true }));

const engines: readonly EngineName[] = ['offline-28', 'offline-28-containerd'];
describe.each(engines)('on %s', (engine) => {
  // Checks that do not depend on the image store run on only one of them.
  const once =
    engine === 'offline-28' || process.env['BUNDLE_TEST_SWEEP'] === '1' ? test : undefined;
  let state: string;
  const run = (...args: string[]) => bundleOn(engine, state, args);
  const quick = ['--yes', '--settle', '1', '--timeout', '60'];
  const current = async (): Promise<string> =>
    (await readlink(join(state, product, 'current'))).replace(/^releases\/|-[0-9a-f]{12}$/g, '');
  const settings = (version: string): Promise<string> =>
    readdir(join(state, product, 'releases')).then((names) => {
      const name = names.find((one) => one.startsWith(`${version}-`)) ?? '';
      return readFile(join(state, product, 'releases', name, '.env'), 'utf8');
    });

  beforeAll(async () => {
    state = await mkdtemp(join(work, 'state-'));
    // What an interrupted run left would count as the host's own.
    const left = await docker(engine, 'images', '-q', image.split(':')[0] ?? '');
    if (left !== '') await docker(engine, 'rmi', '-f', ...new Set(left.split('\n')));
  });
  afterAll(async () => {
    for (const name of [product, `${product}-b`])
      await run('uninstall', '--yes', '--volumes', '--name', name);
  });

  test('a required setting without a value is reported, and nothing is started', async () => {
    const { stderr } = await ending(85, run('import', bundles['1.0'] ?? '', '--up', ...quick));
    expect(stderr).toContain('GREETING: what the page says');
    expect(stderr).toContain('--set GREETING=VALUE');
    expect(
      await docker(engine, 'ps', '-aq', '--filter', `label=com.docker.compose.project=${product}`),
    ).toBe('');
  });

  test('one command leads from the bundle to a page', async () => {
    const set = ['--set', `GREETING=it's $5 "now"`, '--probe', `http://127.0.0.1:${port}/`];
    const imported = run('import', bundles['1.0'] ?? '', '--up', ...quick, ...set);
    const { stdout } = await ending(0, imported);
    expect(stdout).toMatch(new RegExp(`^Open  http://\\S+:${port}$`, 'm'));
    for (const next of ['status', 'logs', 'service install'])
      expect(stdout).toContain(`bundle ${next} --state-dir ${state}`);
    expect(await pageOn(engine, port)).toBe('page of 1.0');
    expect(await current()).toBe('1.0');
    const file = join(state, product, 'current', '.env');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const seen = await docker(engine, 'exec', `${product}-web-1`, 'sh', '-c', 'echo "$GREETING"');
    expect(seen).toBe(`it's $5 "now"`);
  });

  test('repeating it changes nothing', async () => {
    const before = await docker(engine, 'ps', '-q', '--no-trunc');
    const { stdout } = await ending(0, run('up', '--json'));
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'already running' });
    expect(await docker(engine, 'ps', '-q', '--no-trunc')).toBe(before);
    expect((await ending(0, run('status'))).stdout).not.toContain('changed by hand');
  });

  once?.(
    'logs go to stdout, and with --follow and --json each line is a document, until Ctrl-C',
    async () => {
      const { stdout } = await ending(0, run('logs', '--tail', '1'));
      expect(stdout).toMatch(/^web-1 +\| serving\n$/);
      const other = await ending(2, run('logs', 'webb'));
      expect(other.stderr).toMatch(/expected: web\n +found: +webb/);
      const args = ['logs', 'web', '--follow', '--json', '--state-dir', state];
      const child = startOnEngine(engine, [...bundleCommand, ...args]);
      const ended = exitOf(child);
      let lines = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        lines += chunk.toString('utf8');
      });
      await shows(child.stdout ?? process.stdin, 'serving');
      child.kill('SIGINT');
      expect(await ended).toBe(0);
      const documents = lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(documents).toEqual([{ name: product, line: expect.stringMatching(/serving$/) }]);
    },
  );

  test('an upgrade keeps settings, shows new ones, and warns that data is not rolled back', async () => {
    const imported = await run('import', bundles['2.0'] ?? '', '--yes');
    expect(imported.stdout).toContain('bundle up 2.0');
    expect(await current()).toBe('1.0');
    expect(await pageOn(engine, port)).toBe('page of 1.0');
    const { stderr } = await ending(0, run('up', '2.0', ...quick));
    expect(stderr).toContain('new settings: LEVEL');
    expect(stderr).toMatch(/operate-test_data stay as they are/);
    expect(await pageOn(engine, port)).toBe('page of 2.0');
    expect(await current()).toBe('2.0');
    expect(await settings('2.0')).toContain('# New in 2.0\n');
    expect(await settings('2.0')).toMatch(/^#LEVEL=info$/m);
  });

  test('a release that does not become healthy is rolled back automatically, with its logs and its own exit code', async () => {
    const args = ['import', bundles['3.0'] ?? '', '--up', ...quick];
    const { stderr, stdout } = await ending(87, run(...args));
    expect(stderr).toContain('page is broken');
    expect(stderr).toContain('runs again');
    expect(stdout).toContain('Rolled back');
    expect(await pageOn(engine, port)).toBe('page of 2.0');
    expect(await current()).toBe('2.0');
    const names = await docker(engine, 'ps', '--format', '{{.Names}}');
    expect(names.split('\n').sort()).toEqual([`${product}-more-1`, `${product}-web-1`]);
  });

  test('a manual rollback runs the previous images, although their tag has moved twice since', async () => {
    await ending(0, run('rollback', ...quick));
    expect(await pageOn(engine, port)).toBe('page of 1.0');
    expect(await current()).toBe('1.0');
    expect(await docker(engine, 'ps', '--format', '{{.Names}}')).toBe(`${product}-web-1`);
  });

  test('status shows changes made by hand, and a missing service sets the exit code', async () => {
    await docker(engine, 'rm', '-f', `${product}-web-1`);
    const { stdout } = await ending(91, run('status'));
    expect(stdout).toContain('web has no container');
    await ending(0, run('up', ...quick));
    await writeFile(join(state, product, 'current', '.env'), 'GREETING=edited\n');
    const edited = await ending(0, run('status'));
    expect(edited.stdout).toMatch(/1\.0 since [-\d]+ [\d:]+ UTC {2}running/);
    expect(edited.stdout).toContain('web was started with different settings');
  });

  once?.(
    'an image that was put in by hand goes on, and --reset puts the one of the release back',
    async () => {
      await buildBusybox(engine, pageImage(image, 'made here'));
      const files = ['-f', 'docker-compose.yml', '-f', 'compose.offline.yml'];
      const up = ['up', '--wait', '--pull', 'never'];
      const compose = ['docker', 'compose', '-p', product, ...files, ...up];
      const cwd = join(state, product, 'current');
      expect(await onEngine(engine, compose, { cwd })).toMatchObject({ code: 0 });
      const { stdout } = await ending(0, run('status'));
      expect(stdout).toContain("web runs another image than the release's");
      const { stderr } = await ending(0, run('up', ...quick));
      expect(stderr).toContain('web keeps the image put there by hand');
      expect(await pageOn(engine, port)).toBe('made here');
      await ending(0, run('up', '--reset', ...quick));
      expect(await pageOn(engine, port)).toBe('page of 1.0');
    },
  );

  once?.('Ctrl-C while a release starts brings back what ran before', async () => {
    const args = ['up', '3.0', '--yes', '--state-dir', state, '--no-progress'];
    const child = startOnEngine(engine, [...bundleCommand, ...args]);
    const ended = exitOf(child);
    await shows(child.stderr ?? process.stdin, 'Started');
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(await pageOn(engine, port)).toBe('page of 1.0');
    expect(await current()).toBe('1.0');
  });

  once?.('a second instance runs beside the first, and neither touches the other', async () => {
    const name = ['--name', `${product}-b`];
    const set = ['--set', 'GREETING=b', '--set', `HTTP_PORT=${port + 1}`];
    const args = [
      'import',
      bundles['2.0'] ?? '',
      '--up',
      '--allow-older',
      ...name,
      ...set,
      ...quick,
    ];
    await ending(0, run(...args));
    expect([await pageOn(engine, port), await pageOn(engine, port + 1)]).toEqual([
      'page of 1.0',
      'page of 2.0',
    ]);
    const ambiguous = await ending(88, run('releases'));
    expect(ambiguous.stderr).toContain('Name one of them with --name');
    await ending(0, run('uninstall', '--yes', '--volumes', ...name));
    expect(await pageOn(engine, port)).toBe('page of 1.0');
  });

  test('prune removes images that no release needs, and never the running ones', async () => {
    const { stdout } = await ending(0, run('prune', '--keep', '1', '--yes', '--json'));
    const { releases } = JSON.parse(stdout);
    expect(releases.map((name: string) => name.slice(0, 3)).sort()).toEqual(['2.0', '3.0']);
    await ending(0, run('up', '--json', ...quick));
    const left = await docker(
      engine,
      'images',
      '--format',
      '{{.Repository}}:{{.Tag}}',
      image.split(':')[0] ?? '',
    );
    expect(left.split('\n').filter((name) => !name.includes('-local-'))).toHaveLength(1);
    expect(await pageOn(engine, port)).toBe('page of 1.0');
  });

  test('uninstall leaves only volumes', async () => {
    await ending(0, run('uninstall', '--yes'));
    const filter = ['--filter', `label=com.docker.compose.project=${product}`, '-q'];
    expect(await docker(engine, 'ps', '-a', ...filter)).toBe('');
    expect(await docker(engine, 'network', 'ls', ...filter)).toBe('');
    expect(await docker(engine, 'images', '-q', image.split(':')[0] ?? '')).toBe('');
    expect(await docker(engine, 'volume', 'ls', ...filter)).toBe(`${product}_data`);
    // What was done here, and what was seen, so that nothing older comes back unnoticed.
    expect((await readdir(state)).sort()).toEqual(['_history', '_trust']);
    const { rows } = JSON.parse((await ending(0, run('history', '--json'))).stdout);
    expect(rows.at(-1)).toMatchObject({ action: 'uninstall', instance: product, outcome: 'done' });
    const done = rows.map(({ action, outcome, code }: Record<string, string>) =>
      [action, code ?? outcome].join(' '),
    );
    for (const one of ['up done', 'up release-unhealthy', 'rollback done', 'prune done'])
      expect(done).toContain(one);
    await docker(engine, 'volume', 'rm', `${product}_data`);
  });
});
