import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
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
      // The lock of the killed run is taken over.
      const again = await onEngine('offline-28', [...bundleCommand, ...args]);
      expect(again).toMatchObject({ code: 0 });
    }
  }
});

describe('bad input ends in one clear message and its own exit code', () => {
  const bundle = (): string => join(work, 'good.tar');

  beforeAll(async () => {
    expect(await exportTo(bundle())).toMatchObject({ code: 0 });
  });

  test('the output already exists', async () => {
    const second = await exportTo(bundle());
    expect(second).toMatchObject({ code: 40 });
    expect(second.stderr).toContain('--force');
    expect(await exportTo(bundle(), '--force')).toMatchObject({ code: 0 });
  });

  test('--force never removes a folder that is not a bundle', async () => {
    const folder = join(work, 'precious');
    await mkdir(join(folder, 'thesis'), { recursive: true });
    expect(await exportTo(folder, '--force')).toMatchObject({ code: 40 });
    expect(await readdir(folder)).toEqual(['thesis']);
  });

  test('an image is missing', async () => {
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

  describe('a changed bundle is detected before anything is loaded', () => {
    const good = (): string => join(work, 'good');
    const largestBlob = async (folder: string): Promise<string> => {
      const blobs = join(folder, 'images/blobs/sha256');
      const { stdout } = await run('sh', ['-c', `ls -S "${blobs}" | head -1`]);
      return join(blobs, stdout.trim());
    };
    /** Writes to a separate file, since the files of the folder are links to those of the good bundle. */
    const rewrite = async (file: string, change: (bytes: Buffer) => Buffer): Promise<void> => {
      const bytes = await readFile(file);
      await rm(file);
      await writeFile(file, change(bytes));
    };

    beforeAll(async () => {
      expect(await exportTo(good(), '--no-rebuild')).toMatchObject({ code: 0 });
      await docker('offline-28', 'rmi', '-f', ...fixtureImages);
    });

    test.each<[string, number, (folder: string) => Promise<void>]>([
      [
        'one byte changed',
        51,
        async (folder) =>
          rewrite(await largestBlob(folder), (bytes) => {
            bytes[5000] = (bytes[5000] ?? 0) ^ 1;
            return bytes;
          }),
      ],
      ['a blob missing', 52, async (folder) => rm(await largestBlob(folder))],
      [
        'a blob cut short',
        53,
        async (folder) =>
          rewrite(await largestBlob(folder), (bytes) => bytes.subarray(0, bytes.length - 1)),
      ],
      ['a file that is not listed', 54, (folder) => writeFile(join(folder, 'nginx/x.conf'), '')],
      [
        'a newer format',
        58,
        (folder) =>
          rewrite(join(folder, 'bundle.json'), (bytes) =>
            Buffer.from(bytes.toString().replace('"schemaVersion": 1', '"schemaVersion": 2')),
          ),
      ],
    ])('%s', async (_, expected, change) => {
      const folder = await mkdtemp(join(work, 'changed-'));
      await run('cp', ['-al', `${good()}/.`, folder]);
      await change(folder);
      const state = await mkdtemp(join(work, 'untouched-'));
      const args = ['import', folder, '--yes', '--state-dir', state];
      const { code, stderr } = await onEngine('offline-28', [...bundleCommand, ...args]);
      expect(stderr).toContain('What to do:');
      expect(code).toBe(expected);
      expect(await docker('offline-28', 'images', '-q', 'llm-chat-backend:1.0.0')).toBe('');
      expect(await readdir(state)).toEqual([]);
    });

    test('a truncated single file', async () => {
      const cut = join(work, 'cut.tar');
      await run('cp', [bundle(), cut]);
      await run('truncate', ['-s', '-4096', cut]);
      const args = ['import', cut, '--yes', '--state-dir', join(work, 'cut-state')];
      const { code } = await onEngine('offline-28', [...bundleCommand, ...args]);
      expect(code).toBe(55);
      expect(await docker('offline-28', 'images', '-q', 'llm-chat-backend:1.0.0')).toBe('');
    });
  });

  test('a bundle for another platform is refused before it is loaded', async () => {
    const folder = await mkdtemp(join(work, 'arm-'));
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
    await writeFile(join(folder, 'compose.yml'), 'services: { a: { image: "faults/arm:1" } }\n');
    const platform = 'linux/arm64';
    await docker('connected', 'build', '-q', '--platform', platform, '-t', 'faults/arm:1', folder);
    const output = join(folder, 'arm.tar');
    const flags = ['--platform', platform, '--no-runtime'];
    const args = ['export', join(folder, 'compose.yml'), '-o', output, '--no-runtime', ...flags];
    expect(await onEngine('connected', [...bundleCommand, ...args])).toMatchObject({ code: 0 });
    await docker('connected', 'rmi', 'faults/arm:1');
    const state = join(folder, 'state');
    const { code, stderr } = await onEngine('offline-28', [
      ...bundleCommand,
      ...['import', output, '--yes', '--state-dir', state],
    ]);
    expect(stderr).toMatch(/linux\/amd64.*\n.*linux\/arm64/);
    expect(code).toBe(60);
    expect(await docker('offline-28', 'images', '-q', 'faults/arm:1')).toBe('');
  });

  test('an engine older than 20.10 is refused', async () => {
    // No package of one exists any more, so a server imitates its answers.
    const answers: Readonly<Record<string, object>> = {
      version: { Version: '19.03.15', ApiVersion: '1.40', Os: 'linux', Arch: 'amd64' },
      info: { Driver: 'overlay2' },
    };
    const server = createServer(({ url = '' }, answer) => {
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify(answers[url.split('/').at(-1) ?? ''] ?? {}));
    });
    const socket = join(work, 'old.sock');
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      const args = ['import', bundle(), '--yes', '--docker-host', `unix://${socket}`];
      const { code, stderr } = await onEngine('offline-28', [
        ...bundleCommand,
        ...args,
        ...['--state-dir', join(work, 'old-state')],
      ]);
      expect(stderr).toContain('19.03.15');
      expect(code).toBe(31);
    } finally {
      server.close();
    }
  });
});
