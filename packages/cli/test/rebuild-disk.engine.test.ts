import { execFile as execFileCallback } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bundleCommand, type EngineName, fetchCommand, onEngine } from '@bundle/testkit';
import { bundleOn, ending, packBuilt } from './small-app.ts';

const execFile = promisify(execFileCallback);

// A rebuild on an engine whose disk fills up: an engine of its own, on a small loop device.

const engine: EngineName = 'offline-28';
const image = 'rebuild-disk/web:1';
const port = 8094;
const engines = join(dirname(bundleCommand[0] ?? ''), 'engines');

let work: string;
/** It contains the sockets, whose paths have to be short. */
let small: string;
let env: Record<string, string>;
const project = (...path: string[]): string => join(work, 'project', ...path);
const filler = (): string => join(small, 'filler');
const run = (...args: string[]) => bundleOn(engine, join(work, 'state'), args, env);
const there = async (...command: string[]): Promise<string> =>
  (await ending(0, onEngine(engine, command, { env }))).stdout.trim();
const page = () => there(...fetchCommand(`http://127.0.0.1:${port}/`));
const id = () => there('docker', 'image', 'inspect', '-f', '{{.Id}}', image);
/** An unnamed result may remain; `docker image prune` removes it. */
const names = async (): Promise<string[]> => {
  const all = await there('docker', 'images', '--format', '{{.Repository}}:{{.Tag}}');
  return all
    .split('\n')
    .filter((name) => name !== '<none>:<none>')
    .sort();
};
const fill = async (left: number): Promise<void> => {
  const { bavail, bsize } = await statfs(small);
  await execFile('fallocate', ['-l', String(bavail * bsize - left), filler()]);
};

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'rebuild-disk-'));
  small = await mkdtemp('/tmp/e-');
  env = { BUNDLE_ENGINES_DIR: small };
  const steps = ['RUN echo dependency > /dependency'];
  const bundle = await packBuilt(work, 'rebuild-disk', steps, [`ports: ["${port}:80"]`]);
  const device = join(work, 'device');
  await execFile('truncate', ['-s', '100M', device]);
  await execFile('mkfs.ext4', ['-q', '-F', '-m', '0', device]);
  await execFile('mount', ['-o', 'loop', device, small]);
  await execFile(engines, ['up', engine], { env: { ...process.env, ...env } });
  await ending(0, run('import', bundle, '--up', '--yes', '--settle', '0.5'));
});
afterAll(async () => {
  await execFile(engines, ['down', engine], { env: { ...process.env, ...env } });
  await execFile('umount', [small]);
  await rm(small, { recursive: true });
  await rm(work, { recursive: true, force: true });
});

// The first is too small for a file of the source, the second for what the engine writes at the end.
test.each([[4_000_000], [140_000]])(
  'with %i bytes left an image is rebuilt, or there is one message and name, image and page stay',
  async (left) => {
    const before = { id: await id(), names: await names() };
    await writeFile(project('www/index.html'), `with ${left} left\n`);
    if (left > 1e6) await writeFile(project('www/data'), randomBytes(8_000_000));
    await fill(left);
    const rebuild = ['rebuild', 'web', '--source', project()];
    const { code, stderr } = await run(...rebuild);
    const after = { id: await id(), names: await names() };
    await rm(filler());
    await rm(project('www/data'), { force: true });
    if (code !== 0) {
      expect(stderr).toMatch(
        /^error: [^\n]*\n {2}found:[^\n]*no space left[^\n]*\nWhat to do: Free/m,
      );
      expect({ code, ...after }).toEqual({ code: 42, ...before });
    }
    if (left > 1e6) expect(code).toBe(42);
    expect(await page()).toBe('as it was');
    await ending(0, run(...rebuild));
    expect(await id()).not.toBe(before.id);
  },
);
