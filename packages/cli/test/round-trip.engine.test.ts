import { cp, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleCommand,
  connectedEngines,
  docker,
  type EngineName,
  fetchCommand,
  fixtureDir,
  fixtureImages,
  offlineEngines,
  onEngine,
} from '@bundle/testkit';
import { pageOn } from './small-app.ts';

// Real daemons: the offline ones are in a network namespace with only `lo`.

let work: string;
const bundleOf = (source: EngineName): string => join(work, `${source}.tar`);
const compose = (...args: string[]): string[] => [
  'docker',
  'compose',
  '-f',
  'docker-compose.yml',
  '-f',
  'compose.offline.yml',
  ...args,
];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'round-trip-'));
  await cp(fixtureDir, join(work, 'project'), { recursive: true });
  // The containerd store is given the images; only `connected` builds.
  const saved = join(work, 'images.tar');
  await docker('connected', 'save', '-o', saved, ...fixtureImages);
  await docker('connected-containerd', 'load', '-q', '-i', saved);
  for (const source of connectedEngines) {
    const args = ['export', '-o', bundleOf(source), '--no-runtime', '--no-progress'];
    if (source !== 'connected') args.push('--no-rebuild');
    const { code, stderr } = await onEngine(source, [...bundleCommand, ...args], {
      cwd: join(work, 'project'),
    });
    if (code !== 0) throw new Error(stderr);
  }
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

/** Returns the unused bytes before the layers of a single file, at least 1024. */
async function spareRoom(file: string): Promise<number> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(1024 * 1024), 0, 1024 * 1024, 0);
    const header = buffer.indexOf('PaxHeader/padding');
    return 512 + Number.parseInt(buffer.toString('latin1', header + 124, header + 135), 8);
  } finally {
    await handle.close();
  }
}

describe.each(connectedEngines)('a bundle packed on %s', (source) => {
  test('had room for its first files, so that no layer was moved', async () => {
    expect(await spareRoom(bundleOf(source))).toBeGreaterThan(1024);
  });

  test.each(offlineEngines)('runs on %s and answers through nginx', async (target) => {
    await docker(target, 'rmi', '-f', ...fixtureImages);
    const state = join(work, `state-${source}-${target}`);
    const importArgs = ['import', bundleOf(source), '--state-dir', state, '--json', '--yes'];
    const first = await onEngine(target, [...bundleCommand, ...importArgs]);
    expect(first).toMatchObject({ code: 0 });
    expect(JSON.parse(first.stdout)).toMatchObject({ outcome: 'imported' });
    const cwd = join(state, 'llm-chat', 'current');
    try {
      const up = ['up', '-d', '--pull', 'never', '--no-build', '--wait'];
      expect(await onEngine(target, compose(...up), { cwd })).toMatchObject({ code: 0 });
      expect(await pageOn(target, 8080)).toContain('llm-chat');
      const post = fetchCommand('http://127.0.0.1:8080/api/chat', { message: 'hello' });
      const chat = await onEngine(target, post);
      expect(JSON.parse(chat.stdout)).toMatchObject({ message: 'hello' });
    } finally {
      await onEngine(target, compose('down', '-v'), { cwd });
    }
    const again = await onEngine(target, [...bundleCommand, ...importArgs]);
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'already imported', sentBytes: 0 });
  });
});

test('image IDs on the graph driver are those of the source side', async () => {
  const id = (engine: EngineName, image: string) =>
    docker(engine, 'image', 'inspect', '-f', '{{.Id}}', image);
  await docker('offline-28', 'rmi', '-f', ...fixtureImages);
  const importArgs = ['import', bundleOf('connected'), '--state-dir', join(work, 'ids'), '--yes'];
  await onEngine('offline-28', [...bundleCommand, ...importArgs]);
  for (const image of fixtureImages) {
    expect(await id('offline-28', image)).toBe(await id('connected', image));
  }
});

test('a layer that the engine has is not sent again', async () => {
  // The front end is based on the nginx image, so without it only its own layer is missing.
  const all = await docker('offline-28', 'images', '--format', '{{.Repository}}:{{.Tag}}');
  const last = all.split('\n').filter((name) => /frontend(?:-app-|:1\.0\.0)/.test(name));
  await docker('offline-28', 'rmi', '-f', ...last);
  // Unnamed images from rebuilds of other tests may contain the same layer.
  await docker('offline-28', 'image', 'prune', '-f');
  const args = ['import', bundleOf('connected'), '--state-dir', join(work, 'delta'), '--json'];
  const { stdout } = await onEngine('offline-28', [...bundleCommand, ...args]);
  const report: { sentBytes: number } = JSON.parse(stdout);
  expect(report.sentBytes).toBeGreaterThan(0);
  expect(report.sentBytes).toBeLessThan(100_000);
});

test('plain docker load reads the image layout of a bundle folder', async () => {
  const folder = join(work, 'folder');
  const args = ['export', '-o', folder, '--no-runtime', '--no-progress'];
  await onEngine('connected', [...bundleCommand, ...args], { cwd: join(work, 'project') });
  for (const target of ['offline-26', 'offline-28-containerd'] as const) {
    await docker(target, 'rmi', '-f', ...fixtureImages);
    const script = 'tar -C "$0" -cf - . | docker load -q';
    const { code } = await onEngine(target, ['sh', '-c', script, join(folder, 'images')]);
    expect(code).toBe(0);
    await docker(target, 'run', '--rm', '--network', 'none', 'llm-chat-backend:1.0.0', 'true');
  }
  const sums = await onEngine('connected', [
    'sh',
    '-c',
    'cd "$0" && sha256sum -c --quiet checksums.sha256',
    folder,
  ]);
  expect(sums).toMatchObject({ code: 0 });
});

test('exporting the same images twice gives the same bytes, as folder and as file', async () => {
  const cwd = join(work, 'project');
  const digests: unknown[] = [];
  for (const name of ['again.tar', 'again']) {
    const args = ['export', '-o', join(work, name), '--no-runtime', '--json'];
    const { stdout } = await onEngine('connected', [...bundleCommand, ...args], { cwd });
    digests.push(JSON.parse(stdout).digest);
  }
  expect(digests[0]).toBe(digests[1]);
  const [first, second] = await Promise.all(
    [bundleOf('connected'), join(work, 'again.tar')].map((file) => readFile(file)),
  );
  expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
});
