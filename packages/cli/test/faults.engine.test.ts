import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  bundleCommand,
  docker,
  exitOf,
  fixtureDir,
  fixtureImages,
  onEngine,
  startOnEngine,
} from '@bundle/testkit';

const run = promisify(execFile);
const repeats = Number(process.env['BUNDLE_TEST_REPEATS'] ?? 3);

let work: string;
let project: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'faults-'));
  project = join(work, 'project');
  await cp(fixtureDir, project, { recursive: true });
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

async function exportTo(output: string, ...flags: string[]) {
  const args = ['export', '-o', output, '--no-runtime', '--no-progress', ...flags];
  return onEngine('connected', [...bundleCommand, ...args], { cwd: project });
}

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'an export that ends by %s leaves no bundle, and the next one works',
  async (signal) => {
    for (let round = 0; round < repeats; round += 1) {
      const folder = await mkdtemp(join(work, 'export-'));
      const output = join(folder, 'app.tar');
      const args = ['export', '-o', output, '--no-runtime', '--no-progress'];
      const child = startOnEngine('connected', [...bundleCommand, ...args], { cwd: project });
      const ended = exitOf(child);
      await sleep(600 + (round * 900) / repeats);
      child.kill(signal);
      const code = await ended;
      if (code === 0) continue; // It was done before the signal came.
      const left = (await readdir(folder)).filter((name) => !name.startsWith('.'));
      expect(left).toEqual([]);
      if (signal !== 'SIGKILL') {
        expect(code).toBe(130);
        expect(await readdir(folder)).toEqual([]);
      }
      expect(await exportTo(output)).toMatchObject({ code: 0 });
      expect(await readdir(folder)).toEqual(['app.tar']);
    }
  },
);

test('an import that is killed leaves the release as it was, and the next one completes', async () => {
  const bundle = join(work, 'kill.tar');
  expect(await exportTo(bundle)).toMatchObject({ code: 0 });
  for (let round = 0; round < repeats; round += 1) {
    await docker('offline-28', 'rmi', '-f', ...fixtureImages);
    const state = await mkdtemp(join(work, 'state-'));
    const args = ['import', bundle, '--state-dir', state, '--yes', '--no-progress'];
    const child = startOnEngine('offline-28', [...bundleCommand, ...args]);
    const ended = exitOf(child);
    await sleep(300 + (round * 2500) / repeats);
    child.kill('SIGKILL');
    const code = await ended;
    if (code !== 0) {
      const product = join(state, 'llm-chat');
      const names = await readdir(product).catch(() => []);
      expect(names).not.toContain('current');
      // A dead holder's lock frees itself; until then the answer is a clear "busy".
      let again = await onEngine('offline-28', [...bundleCommand, ...args]);
      for (let wait = 0; again.code === 44 && wait < 15; wait += 1) {
        await sleep(1000);
        again = await onEngine('offline-28', [...bundleCommand, ...args]);
      }
      expect(again).toMatchObject({ code: 0 });
    }
  }
});

describe('bad input ends in one clear message and its own exit code', () => {
  const bundle = (): string => join(work, 'good.tar');

  beforeAll(async () => {
    expect(await exportTo(bundle())).toMatchObject({ code: 0 });
  });

  test('the output is there already', async () => {
    const second = await exportTo(bundle());
    expect(second).toMatchObject({ code: 40 });
    expect(second.stderr).toContain('--force');
    expect(await exportTo(bundle(), '--force')).toMatchObject({ code: 0 });
  });

  test('--force never removes a folder that is no bundle', async () => {
    const folder = join(work, 'precious');
    await mkdir(join(folder, 'thesis'), { recursive: true });
    expect(await exportTo(folder, '--force')).toMatchObject({ code: 40 });
    expect(await readdir(folder)).toEqual(['thesis']);
  });

  test('an image is not there', async () => {
    await run('sed', [
      '-i',
      's#llm-chat/nginx:bookworm#llm-chat/absent:1#',
      join(project, 'docker-compose.yml'),
    ]);
    try {
      const { code, stderr } = await exportTo(join(work, 'absent.tar'), '--pull', 'never');
      expect(code).toBe(20);
      expect(stderr).toContain('llm-chat/absent:1');
    } finally {
      await cp(join(fixtureDir, 'docker-compose.yml'), join(project, 'docker-compose.yml'));
    }
  });

  test('the engine cannot be reached', async () => {
    const args = [
      'import',
      bundle(),
      '--state-dir',
      join(work, 's'),
      '--docker-host',
      'unix:///nonexistent.sock',
    ];
    const { code, stderr } = await onEngine('offline-28', [...bundleCommand, ...args]);
    expect(code).toBe(30);
    expect(stderr).toContain('/nonexistent.sock');
  });

  test('the disk is full while exporting', async () => {
    const disk = join(work, 'small-disk');
    await mkdir(disk);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
    try {
      for (const name of ['app.tar', 'app']) {
        expect(await exportTo(join(disk, name))).toMatchObject({ code: 42 });
        expect(await readdir(disk)).toEqual([]);
      }
    } finally {
      await run('umount', [disk]);
    }
  });

  test('the state folder cannot be written', async () => {
    await docker('offline-28', 'rmi', '-f', ...fixtureImages);
    const args = ['import', bundle(), '--yes', '--state-dir', '/proc/nothing'];
    const { code } = await onEngine('offline-28', [...bundleCommand, ...args]);
    expect(code).toBe(43);
    expect(await docker('offline-28', 'images', '-q', 'llm-chat-backend:1.0.0')).toBe('');
  });

  test('a changed byte is found before the engine is asked to load anything', async () => {
    const folder = join(work, 'changed');
    expect(await exportTo(folder)).toMatchObject({ code: 0 });
    const blobs = join(folder, 'images/blobs/sha256');
    const { stdout } = await run('sh', ['-c', `ls -S "${blobs}" | head -1`]);
    const blob = join(blobs, stdout.trim());
    await run('dd', ['if=/dev/zero', `of=${blob}`, 'bs=1', 'count=1', 'seek=5000', 'conv=notrunc']);
    const args = ['import', folder, '--yes', '--state-dir', join(work, 'changed-state')];
    const { code, stderr } = await onEngine('offline-28', [...bundleCommand, ...args]);
    expect(code).toBe(51);
    expect(stderr).toContain(stdout.trim());
    expect(await docker('offline-28', 'images', '-q', 'llm-chat-backend:1.0.0')).toBe('');
  });
});
