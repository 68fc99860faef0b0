import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  hasSmallDisks,
  type Shell,
  shellcheck,
  shellcheckProgram,
  shells,
  withSmallDisk,
} from '@bundle/testkit';

const run = promisify(execFile);
const script = join(import.meta.dirname, '../../../scripts/lib/self-extracting.js');
const makeFile: (program: Buffer, machine: string) => Buffer = (await import(script))
  .selfExtracting;
const machine = arch() === 'arm64' ? 'aarch64' : 'x86_64';

/** Stands for the command: says that it ran, from where, and with which arguments. */
const program = Buffer.from(
  '#!/bin/sh\necho "ran $BUNDLE_FILE, arenas $MALLOC_ARENA_MAX"; printf "<%s>" "$@"\n',
);

let work: string;
let file: string;
let cache: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'self-extracting-'));
  file = join(work, 'stick/bundle');
  cache = join(work, 'cache/bundle/command');
  await mkdir(dirname(file));
  await writeFile(file, makeFile(program, machine), { mode: 0o755 });
});
afterEach(() => rm(work, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function ended(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const [first = '', ...args] = command;
  try {
    return { code: 0, ...(await run(first, args, { env, cwd: work })) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

async function unpacked(folder = cache): Promise<string> {
  const names = await readdir(folder);
  expect(names.filter((name) => name.startsWith('.'))).toEqual([]);
  const [name = ''] = names.filter((one) => /^bundle-[0-9a-f]{64}$/.test(one));
  return join(folder, name);
}

/** Makes folders unusable for the rest of a shell's life, in a mount namespace of its own. */
function withNoexec(folders: readonly string[], command: readonly string[]): string[] {
  const mounts = folders.map((folder) => `mount -t tmpfs -o noexec tmpfs '${folder}'`).join(' && ');
  return ['unshare', '--mount', 'sh', '-c', `${mounts} && exec "$@"`, 'sh', ...command];
}

describe.each(shells)('in $name', (shell: Shell) => {
  async function env(more: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
    return {
      PATH: await shell.path(join(work, 'applets')),
      HOME: work,
      XDG_CACHE_HOME: join(work, 'cache'),
      ...more,
    };
  }
  const start = async (args: readonly string[] = [], more: NodeJS.ProcessEnv = {}) =>
    ended([...shell.command, file, ...args], await env(more));
  const ran = { code: 0, stdout: expect.stringContaining('ran '), stderr: '' };

  test('the command is unpacked once, and then started with all its arguments', async () => {
    const args = ['import', "it's", '', 'a b\n', '--x=*'];
    const expected = {
      code: 0,
      stdout: `ran ${file}, arenas 2\n<import><it's><><a b\n><--x=*>`,
      stderr: '',
    };
    expect(await start(args)).toEqual(expected);
    const { ino, mode } = await stat(await unpacked());
    expect(mode & 0o777).toBe(0o500);
    expect((await stat(cache)).mode & 0o777).toBe(0o700);
    expect(await start(args)).toEqual(expected);
    expect((await stat(await unpacked())).ino).toBe(ino);
  });

  test.each<[string, (kept: string) => Promise<unknown>]>([
    ['overwritten', (kept) => writeFile(kept, '#!/bin/sh\necho planted\n')],
    [
      'one bit flipped, with its old time',
      async (kept) => {
        const { mtime } = await stat(kept);
        // busybox tells times in seconds.
        await new Promise((resolve) => setTimeout(resolve, 1100));
        const bytes = await readFile(kept);
        bytes[bytes.length - 2] = (bytes[bytes.length - 2] ?? 0) ^ 1;
        await writeFile(kept, bytes);
        await utimes(kept, mtime, mtime);
      },
    ],
    ['cut off', (kept) => truncate(kept, 10)],
    ['writable for others', (kept) => chmod(kept, 0o777)],
    [
      'a link to another program',
      async (kept) => {
        await rm(kept);
        await symlink('/bin/false', kept);
      },
    ],
    ['without its record', (kept) => rm(`${kept}.checked`)],
  ])('an unpacked program that is %s is not run as it is', async (_case, change) => {
    await start();
    const kept = await unpacked();
    if (process.getuid?.() !== 0) await chmod(kept, 0o700);
    await change(kept);
    expect(await start()).toMatchObject(ran);
    expect(await readFile(await unpacked())).toEqual(program);
    expect((await stat(await unpacked())).mode & 0o777).toBe(0o500);
  });

  test('a folder that others may write to is passed over', async () => {
    await start();
    await chmod(cache, 0o777);
    await writeFile(await unpacked(), '#!/bin/sh\necho planted\n');
    const temporary = join(work, 'temporary');
    await mkdir(temporary);
    expect(await start([], { TMPDIR: temporary })).toMatchObject(ran);
    await chmod(cache, 0o700);
    // A parent in which anybody could put another folder in its place.
    await chmod(join(work, 'cache'), 0o777);
    await rm(join(temporary, `bundle-${process.getuid?.()}`), { recursive: true });
    expect(await start([], { TMPDIR: temporary })).toMatchObject(ran);
    await unpacked(join(temporary, `bundle-${process.getuid?.()}`));
  });

  (hasSmallDisks ? test : test.skip)('so is one of another user, whatever is in it', async () => {
    const temporary = join(work, 'temporary');
    const planted = join(temporary, 'bundle-0');
    await start();
    await mkdir(planted, { recursive: true, mode: 0o700 });
    for (const name of await readdir(cache)) await copyFile(join(cache, name), join(planted, name));
    await chown(planted, 1234, 1234);
    await chmod(temporary, 0o1777);
    await rm(cache, { recursive: true });
    // The home of a user who became root: nothing is made there.
    const home = join(work, 'home');
    await mkdir(home);
    await chown(home, 1234, 1234);
    const more = { HOME: home, XDG_CACHE_HOME: '', TMPDIR: temporary };
    const command = withNoexec(['/var/tmp'], [...shell.command, file]);
    const { code, stderr } = await ended(
      command,
      await env({ ...more, PATH: process.env['PATH'] }),
    );
    expect({ code, stderr }).toMatchObject({ code: 126 });
    expect(stderr).toContain(`${planted}: another user could change what is in it`);
    expect(stderr).toContain('/var/tmp/bundle-0: programs may not run there (noexec)');
    expect(stderr).toContain('What to do: Set TMPDIR');
    expect(await readdir(home)).toEqual([]);
  });

  (hasSmallDisks ? test : test.skip)(
    'a medium may be read-only and noexec, and a cache folder noexec or full',
    async () => {
      const own = { PATH: process.env['PATH'] };
      const temporary = join(work, 'temporary');
      await mkdir(temporary);
      await mkdir(join(work, 'cache'));
      const remount = `mount --bind '${dirname(file)}' '${dirname(file)}' && mount -o remount,bind,ro,noexec '${dirname(file)}'`;
      const words = ['unshare', '--mount', 'sh', '-c', `${remount} && exec "$@"`, 'sh'];
      const medium = await ended([...words, ...shell.command, file, 'one'], await env(own));
      expect(medium).toMatchObject({ code: 0, stdout: expect.stringContaining('<one>') });
      await rm(join(work, 'cache'), { recursive: true });
      await mkdir(join(work, 'cache'));
      const noexec = withNoexec([join(work, 'cache')], [...shell.command, file]);
      expect(await ended(noexec, await env({ ...own, TMPDIR: temporary }))).toMatchObject(ran);
      await rm(join(temporary, 'bundle-0'), { recursive: true });
      const large = Buffer.concat([
        program,
        Buffer.from(`# ${randomBytes(40_000).toString('hex')}`),
      ]);
      await writeFile(file, makeFile(large, machine));
      await withSmallDisk(40_960, async (disk) => {
        const more = { XDG_CACHE_HOME: disk, TMPDIR: temporary };
        expect(await start([], more)).toMatchObject(ran);
        expect(await readdir(join(disk, 'bundle/command'))).toEqual([]);
      });
      await unpacked(join(temporary, 'bundle-0'));
    },
  );

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut off', (bytes) => bytes.subarray(0, -20)],
    [
      'changed',
      (bytes) => {
        const changed = Buffer.from(bytes);
        changed[bytes.length - 30] = (changed[bytes.length - 30] ?? 0) ^ 1;
        return changed;
      },
    ],
  ])('a file that was %s says so and runs nothing', async (_case, change) => {
    await writeFile(file, change(await readFile(file)));
    const { code, stdout, stderr } = await start();
    expect({ code, stdout }).toEqual({ code: 51, stdout: '' });
    expect(stderr).toContain(`${file} is damaged, and was not run`);
    expect(await readdir(cache)).toEqual([]);
  });

  test('a file for another machine, or a program that does not run here, says so', async () => {
    await writeFile(file, makeFile(program, 'riscv64'));
    expect(await start()).toMatchObject({
      code: 126,
      stderr: expect.stringContaining('for riscv64'),
    });
    await writeFile(file, makeFile(Buffer.from('#!/no/such/loader\n'), machine));
    const { code, stderr } = await start();
    expect(code).toBe(126);
    expect(stderr).toContain('it does not run on this host');
    expect(await readdir(cache)).toEqual([]);
  });

  test('killed while it unpacks, it leaves nothing that would be run, and the next start cleans up', async () => {
    const large = Buffer.concat([
      program,
      Buffer.from(`# ${randomBytes(8_000_000).toString('hex')}`),
    ]);
    await writeFile(file, makeFile(large, machine));
    const [first = '', ...args] = [...shell.command, file];
    /** Returns whether it was killed: on a busy machine it may have unpacked everything before. */
    const isKilled = async (signal: NodeJS.Signals): Promise<boolean> => {
      const child = spawn(first, args, { env: await env(), stdio: 'ignore', detached: true });
      const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
      let sizes = 0;
      while (child.exitCode === null && sizes === 0) {
        const names = await readdir(cache).catch(() => []);
        const [incoming] = names.filter((name) => name.startsWith(`.incoming-${child.pid}-`));
        if (incoming !== undefined) {
          sizes = (await stat(join(cache, incoming)).catch(() => ({ size: 0 }))).size;
        }
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      if (child.exitCode === null) process.kill(-(child.pid ?? 0), signal);
      if ((await gone) !== 0) return true;
      await rm(cache, { recursive: true });
      return false;
    };
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      for (let tries = 0; !(await isKilled(signal)); tries += 1) expect(tries).toBeLessThan(20);
      const left = await readdir(cache);
      expect(left.filter((name) => name.startsWith('bundle-'))).toEqual([]);
      if (signal === 'SIGTERM') expect(left).toEqual([]);
      else expect(left).toHaveLength(1);
    }
    expect(await start()).toMatchObject(ran);
    await unpacked();
  });

  test('several that start at once all run, and leave one program', async () => {
    for (let round = 0; round < 3; round += 1) {
      await rm(cache, { recursive: true, force: true });
      const all = await Promise.all(Array.from({ length: 6 }, (_, index) => start([`${index}`])));
      for (const [index, one] of all.entries())
        expect(one).toEqual({ code: 0, stdout: `ran ${file}, arenas 2\n<${index}>`, stderr: '' });
      expect((await readdir(cache)).toSorted()).toEqual(
        [await unpacked(), `${await unpacked()}.checked`].map((path) =>
          path.slice(cache.length + 1),
        ),
      );
    }
  });

  test('only the programs that were unpacked last are kept, with their compiled code', async () => {
    for (let version = 1; version <= 5; version += 1) {
      await writeFile(
        file,
        makeFile(Buffer.concat([program, Buffer.from(`# ${version}`)]), machine),
      );
      expect(await start()).toMatchObject(ran);
      for (const name of await readdir(cache))
        if (!name.includes('.')) await writeFile(join(cache, `${name}.import`), 'compiled');
    }
    const kept = (await readdir(cache)).toSorted();
    const programs = kept.filter((name) => !name.includes('.'));
    expect(programs).toHaveLength(3);
    expect(kept).toEqual(programs.flatMap((name) => [name, `${name}.checked`, `${name}.import`]));
  });
});

(shellcheckProgram === undefined ? test.skip : test)('shellcheck finds nothing', async () => {
  expect(await shellcheck(join(import.meta.dirname, '../bin/stub.sh'))).toBe('');
});
