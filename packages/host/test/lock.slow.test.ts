import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  lutimes,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  realpath,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeSelf, isAlive, parseHolder } from '@bundle/files';
import { withLock } from '../src/lock/lock.ts';
import { type Instance, instanceOf, placesOf } from '../src/state-folder.ts';

let instance: Instance;
let lock: string;
const children: ChildProcess[] = [];
const { signal } = new AbortController();
const take = () => withLock(instance, signal, async () => 'taken');
const busy = { code: 'busy', exitCode: 44 };

beforeEach(async () => {
  const work = await realpath(await mkdtemp(join(tmpdir(), 'lock-')));
  instance = instanceOf(work, 'shop');
  lock = placesOf(instance).lock;
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(instance.stateDir, { recursive: true, force: true });
});

/** Starts another process that holds the lock until it is killed; under a shell, nobody ever waits for it. */
async function holder(underShell = false): Promise<ChildProcess> {
  const dist = join(import.meta.dirname, '../dist/index.js');
  const script = `
    const { withLock } = await import(${JSON.stringify(dist)});
    await withLock(${JSON.stringify(instance)}, new AbortController().signal, async () => {
      console.log('held');
      setInterval(() => {}, 1000);
      await new Promise(() => {});
    });`;
  const words = [process.execPath, '--input-type=module', '-e', script];
  const command = underShell ? ['sh', '-c', '"$@" & exec sleep 1000', 'sh', ...words] : words;
  const [file = '', ...rest] = command;
  const child = spawn(file, rest);
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

test('while another run holds the lock, the result is busy at once', async () => {
  await holder();
  expect(await seconds(() => expect(take()).rejects.toMatchObject(busy))).toBeLessThan(2);
});

test('the lock of a run that was killed is taken over at once, whatever the clock says', async () => {
  for (const time of [0, Date.now(), Date.now() + 3_600_000]) {
    const child = await holder();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await lutimes(lock, time / 1000, time / 1000);
    expect(await seconds(() => expect(take()).resolves.toBe('taken'))).toBeLessThan(2);
  }
  expect(await readdir(instance.root)).toEqual(['releases']);
});

test('a zombie process does not hold its lock', async () => {
  await holder(true);
  process.kill(Number((await readlink(lock)).split('/')[0]), 'SIGKILL');
  await sleep(200);
  expect(await seconds(() => expect(take()).resolves.toBe('taken'))).toBeLessThan(2);
});

test('a suspended run keeps its lock, however old it looks', async () => {
  const child = await holder();
  child.kill('SIGSTOP');
  await lutimes(lock, 0, 0);
  await expect(take()).rejects.toMatchObject(busy);
});

test('a new process with the ID of a dead one does not hold its lock', async () => {
  const child = await holder();
  const [, ...others] = (await readlink(lock)).split('/');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await rm(lock);
  await symlink([process.pid, ...others].join('/'), lock);
  expect(await take()).toBe('taken');
});

test('a lock of an older command with a future date is taken over when nobody refreshes it', async () => {
  await mkdir(lock, { recursive: true });
  const later = Date.now() / 1000 + 3600;
  await utimes(lock, later, later);
  expect(await take()).toBe('taken');
}, 20_000);

test('a lock refreshed by a process elsewhere is respected, and taken over once nobody refreshes it', async () => {
  const words = await withLock(instance, signal, async () => (await readlink(lock)).split('/'));
  // Its clock is a day behind.
  await symlink(words.with(3, 'another-boot').join('/'), lock);
  let beats = 0;
  const timer = setInterval(() => {
    beats += 1;
    const time = Date.now() / 1000 - 86_400 + beats;
    lutimes(lock, time, time).catch(() => undefined);
  }, 1000);
  await expect(take()).rejects.toMatchObject(busy);
  clearInterval(timer);
  expect(await take()).toBe('taken');
}, 20_000);

test('process IDs of another machine or a container mean nothing here', async () => {
  const own = parseHolder(await describeSelf());
  if (own === undefined) throw new Error('not parsed');
  expect(await isAlive(own)).toBe(true);
  expect(await isAlive({ ...own, started: '1' })).toBe(false);
  expect(await isAlive({ ...own, pid: 999_999_999 })).toBe(false);
  expect(await isAlive({ ...own, namespace: 'pid:[1]' })).toBeUndefined();
  expect(await isAlive({ ...own, boot: 'another' })).toBeUndefined();
});

test('of many runs that find a dead lock, no two hold it at once', async () => {
  const words = await withLock(instance, signal, async () => (await readlink(lock)).split('/'));
  const dead = words.with(1, 'another-start').join('/');
  for (let round = 0; round < 100; round += 1) {
    await symlink(dead, lock);
    let inside = 0;
    let most = 0;
    const one = () =>
      withLock(instance, signal, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await sleep(1);
        inside -= 1;
      });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, one));
    const failed = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(most).toBe(1);
    for (const reason of failed) expect(reason).toMatchObject(busy);
    expect(await readdir(instance.root)).toEqual(['releases']);
  }
});

test('a run that loses its lock is told to stop, and ends as busy without an uncaught error', async () => {
  const work = withLock(instance, signal, async (own) => {
    await rm(lock);
    await sleep(10_000, undefined, { signal: own });
  });
  await expect(work).rejects.toMatchObject({ code: 'busy', details: { found: 'no lock' } });
});

test('an interrupt ends the wait for a lock', async () => {
  await mkdir(lock, { recursive: true });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 100);
  await expect(withLock(instance, stop.signal, async () => 'taken')).rejects.toThrow();
  expect(await readdir(instance.root)).toEqual(['lock', 'releases']);
});
