import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BareHost,
  bundleCommand,
  downloadBrowser,
  fetchCommand,
  fixtureDir,
  makeStick,
  onEngine,
} from '@bundle/testkit';
import { ending } from './small-app.ts';

// From the stick to a page, on hosts with only an engine, sh and coreutils.
const port = 8080;
const answer = (version: string): string => `Release ${version} answers: {message}`;

let work: string;
let stick: string;

beforeAll(async () => {
  await downloadBrowser();
  work = await mkdtemp(join(tmpdir(), 'bare-'));
  const content = join(work, 'stick');
  await mkdir(content);
  const two = await changedFixture('2.0', { 'backend/app.py': [/^ANSWER = .*$/m, answer('2.0')] });
  const broken = await changedFixture('3.0', {
    'backend/app.py': [/^ANSWER = .*$/m, answer('3.0')],
    'docker-compose.yml': [/8000\/api\/health/, '8000/api/broken'],
  });
  await pack(fixtureDir, join(content, 'llm-chat'), '1.0', []);
  await pack(two, join(content, 'llm-chat-2.tar'), '2.0', ['--no-rebuild']);
  await pack(broken, join(content, 'llm-chat-3.tar'), '3.0', ['--no-rebuild', '--no-runtime']);
  stick = join(work, 'stick.img');
  await makeStick(content, stick);
  await rm(content, { recursive: true });
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** Makes a copy of the fixture with its own image tags, built on the connected engine. */
async function changedFixture(
  version: string,
  changes: Readonly<Record<string, readonly [RegExp, string]>>,
): Promise<string> {
  const project = join(work, version);
  await cp(fixtureDir, project, { recursive: true });
  const all = { ...changes };
  for (const [path, [pattern, text]] of Object.entries(all)) {
    const line = path.endsWith('.py') ? `ANSWER = ${JSON.stringify(text)}` : text;
    await edit(join(project, path), (before) => before.replace(pattern, line));
  }
  await edit(join(project, 'docker-compose.yml'), (before) =>
    before
      .replaceAll(':-1.0.0}', `:-${version}.0}`)
      .replaceAll('start_period: 20s', 'start_period: 4s')
      .replaceAll('interval: 5s', 'interval: 1s'),
  );
  return project;
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}

async function pack(project: string, output: string, version: string, flags: readonly string[]) {
  const file = join(project, 'docker-compose.yml');
  const named = ['--release-version', version, '--build', '--no-progress'];
  const args = ['export', file, '-o', output, ...named, ...flags];
  await ending(0, onEngine('connected', [...bundleCommand, ...args]));
}

describe.each([
  ['graph driver', []],
  ['containerd store', ['--containerd']],
])('on a bare host, %s', (store, flags) => {
  // Checks that do not depend on the image store run on only one of them.
  const isSwept = process.env['BUNDLE_TEST_SWEEP'] === '1';
  const once = store === 'graph driver' || isSwept ? test : undefined;
  let host: BareHost;
  let folder: string;
  const quick = ['--yes', '--settle', '1', '--no-progress'];
  const installed = '/var/lib/bundle/llm-chat/current/runtime/bundle';
  const ask = async (): Promise<string> => {
    const post = fetchCommand(`http://127.0.0.1:${port}/api/chat`, { message: 'hello' });
    return (await host.inNetwork(...post)).stdout;
  };
  const shell = (line: string) => host.run('sh', '-c', line);

  beforeAll(async () => {
    folder = await mkdtemp('/tmp/h-');
    host = new BareHost(folder);
    await host.start('--stick', stick, ...flags);
  });
  afterAll(async () => {
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('there is an engine, but no Node.js, no Compose and no download tool', async () => {
    const { stdout } = await ending(0, host.run('docker', 'version', '-f', '{{.Server.Version}}'));
    expect(stdout).toMatch(/^\d+\./);
    const names = 'node npm python3 perl curl wget docker-compose docker-buildx mount zstd xz';
    expect((await shell(`command -v ${names}`)).stdout).toBe('');
    expect(await shell('docker compose version')).not.toMatchObject({ code: 0 });
    expect(await shell('docker buildx version')).not.toMatchObject({ code: 0 });
    expect((await shell('ls -A /var/lib/bundle')).stdout).toBe('');
  });

  test('one command leads from the stick to a page through nginx', async () => {
    const line = `cd /media/stick/llm-chat && ./runtime/bundle import . --up ${quick.join(' ')}`;
    await ending(0, shell(line));
    expect(await ask()).toContain('You said: hello');
    // The chat fetches its first content from the back end.
    const page = await host.browse(`http://127.0.0.1:${port}/`);
    expect(page).toContain('<title>llm-chat');
    expect(page).toContain('<li class="llm">You said: hello</li>');
  });

  test('a single file upgrades it, with the command inside it', async () => {
    const unpack = 'cd /tmp && tar -xf /media/stick/llm-chat-2.tar runtime/bundle';
    await ending(
      0,
      shell(
        `${unpack} && ./runtime/bundle import /media/stick/llm-chat-2.tar --up ${quick.join(' ')}`,
      ),
    );
    expect(await ask()).toContain('Release 2.0 answers: hello');
    const page = await host.browse(`http://127.0.0.1:${port}/`);
    expect(page).toContain('<li class="llm">Release 2.0 answers: hello</li>');
    // The command did not change, so both releases share one copy.
    const { stdout } = await shell(
      'stat -c %i:%h /var/lib/bundle/llm-chat/releases/*/runtime/bundle',
    );
    const [first, second] = stdout.trim().split('\n');
    expect(first).toMatch(/:2$/);
    expect(second).toBe(first);
  });

  once?.('an upgrade that does not become healthy is rolled back automatically', async () => {
    const args = ['import', '/media/stick/llm-chat-3.tar', '--up', ...quick, '--timeout', '60'];
    const { stdout } = await ending(87, host.run(installed, ...args));
    expect(stdout).toContain('Rolled back');
    expect(await ask()).toContain('Release 2.0 answers: hello');
  });

  once?.('a rollback by hand brings the first release back', async () => {
    await ending(0, host.run(installed, 'rollback', ...quick));
    expect(await ask()).toContain('You said: hello');
    const { stdout } = await ending(0, host.run(installed, 'status'));
    expect(stdout).toContain('running');
  });

  test('uninstall leaves only volumes', async () => {
    await ending(0, host.run(installed, 'uninstall', '--yes'));
    expect((await shell('docker ps -aq; docker images -aq')).stdout).toBe('');
    const networks = await shell('docker network ls --format "{{.Name}}"');
    expect(networks.stdout.trim().split('\n').sort()).toEqual(['bridge', 'host', 'none']);
    expect((await shell('docker volume ls -q')).stdout).toBe('llm-chat_history\n');
    expect((await shell('ls -A /var/lib/bundle')).stdout).toBe('_history\n_trust\n');
  });

  test('install.sh without the command checks, loads, and names the Compose plugin it needs to start', async () => {
    const install = 'sh /media/stick/llm-chat/install.sh --plain --yes';
    const { stderr } = await ending(33, shell(install));
    expect(stderr).toMatch(/docker has no compose plugin here.*docker-compose-plugin/s);
    const images = await shell('docker images --format "{{.Repository}}:{{.Tag}}"');
    expect(images.stdout).toContain('llm-chat-backend:1.0.0');
    // The release is where the command expects it, so it can continue from there.
    await ending(0, host.run(installed, 'up', ...quick));
    expect(await ask()).toContain('You said: hello');
  });

  test('an image is rebuilt from changed source, with the buildx of the bundle', async () => {
    const source = join(folder, 'root/tmp/source');
    await cp(fixtureDir, source, { recursive: true });
    const line = `ANSWER = ${JSON.stringify(answer('rebuilt'))}`;
    await edit(join(source, 'backend/app.py'), (text) => text.replace(/^ANSWER = .*$/m, line));
    const { stdout } = await ending(0, host.run(installed, 'doctor', '--source', '/tmp/source'));
    expect(stdout).toMatch(/buildx.*\d+\.\d+/);
    const args = [
      'rebuild',
      'backend',
      '--source',
      '/tmp/source',
      '--up',
      '--yes',
      '--no-progress',
    ];
    const { stderr } = await ending(0, host.run(installed, ...args));
    expect(stderr).toContain('reused');
    expect(await ask()).toContain('Release rebuilt answers: hello');
  });
});
