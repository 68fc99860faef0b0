import { lstat, lutimes, readlink, rm, symlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeSelf, isAlive, makeFolder, parseHolder } from '@bundle/files';
import { BundleError, reasonOf, systemErrorCode } from '@bundle/format';
import { stateError } from '../state-error.ts';
import { type Instance, placesOf, privateFolder } from '../state-folder.ts';

/** Interval at which a holder refreshes the time of its lock, for runs that cannot see its process. */
const beatMs = 2_000;
/** A lock whose time does not change for this long belongs to a dead run. */
const silenceMs = 10_000;
const lookMs = 250;

/**
 * Keeps other runs off the same instance while `work` runs. Takes over the lock of a dead run: at once where the
 * process can be seen to be dead, otherwise after it has not been refreshed for 10 s by this process’s own clock.
 * The signal passed to `work` also aborts when the lock is lost. Fails with `busy` and `state-unwritable`.
 */
export async function withLock<T>(
  instance: Instance,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { lock, releases } = placesOf(instance);
  try {
    await makeFolder(releases, privateFolder);
  } catch (error) {
    throw stateError(error, instance.root);
  }
  return holdLock(lock, instance.root, signal, work);
}

/** The same for a lock at any path; `root` is the folder that the messages name. */
export async function holdLock<T>(
  lock: string,
  root: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let own: string;
  try {
    own = await acquire(lock, root, signal);
  } catch (error) {
    throw stateError(error, root);
  }
  const lost = new AbortController();
  const stop = beat(lock, own, (why) => lost.abort(lostError(root, why)));
  try {
    const result = await work(AbortSignal.any([signal, lost.signal]));
    lost.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    stop();
    await release(lock, own, root);
  }
}

/**
 * Returns the reason if work was aborted because its lock was lost; another run may then be in progress, so nothing
 * is undone.
 */
export function lostLock({ reason }: AbortSignal): BundleError | undefined {
  return reason instanceof BundleError && reason.code === 'busy' ? reason : undefined;
}

/** Makes the lock as a symbolic link, which is created together with its content, so that its owner is always known. */
async function acquire(path: string, root: string, signal: AbortSignal): Promise<string> {
  const own = await describeSelf();
  for (;;) {
    signal.throwIfAborted();
    try {
      await symlink(own, path);
      return own;
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    }
    const seen = await look(path);
    if (seen === undefined) continue;
    if (await isHeld(path, seen, signal)) throw busy(root);
    await takeAway(path, seen, root, signal);
  }
}

interface Seen {
  /** Returns the owner of a lock; undefined for a lock that is not a link, which an older command made. */
  readonly holder: string | undefined;
  readonly inode: number;
  readonly time: number;
}

async function look(path: string): Promise<Seen | undefined> {
  try {
    const { ino, mtimeMs } = await lstat(path);
    return { holder: await holderOf(path), inode: ino, time: mtimeMs };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function holderOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (systemErrorCode(error) === 'EINVAL') return undefined;
    throw error;
  }
}

function isSame(one: Seen, other: Seen | undefined): boolean {
  return one.holder === other?.holder && one.inode === other?.inode && one.time === other?.time;
}

/** Compares times only with one another: the clock may have been set back, and another host has its own. */
async function isHeld(path: string, seen: Seen, signal: AbortSignal): Promise<boolean> {
  const holder = parseHolder(seen.holder ?? '');
  const alive = holder && (await isAlive(holder));
  if (alive !== undefined) return alive;
  const end = performance.now() + silenceMs;
  while (performance.now() < end) {
    await sleep(lookMs, undefined, { signal });
    if (!isSame(seen, await look(path))) return true;
  }
  return false;
}

/**
 * Lets one run at a time remove a dead lock: otherwise a run that looked before another one’s lock appeared would
 * remove that lock.
 */
async function takeAway(
  path: string,
  seen: Seen,
  root: string,
  signal: AbortSignal,
): Promise<void> {
  const guard = `${path}.takeover`;
  const own = await acquire(guard, root, signal);
  try {
    if (isSame(seen, await look(path))) await rm(path, { recursive: true, force: true });
  } finally {
    await release(guard, own, root);
  }
}

/** Refreshes the lock until stopped; retries when the file system fails temporarily. */
function beat(path: string, own: string, onLost: (why: string) => void): () => void {
  let last = performance.now();
  const once = async (): Promise<void> => {
    try {
      const now = new Date();
      const found = (await look(path))?.holder;
      if (found !== own) return onLost(found === undefined ? 'no lock' : 'the lock of another run');
      await lutimes(path, now, now);
      last = performance.now();
    } catch (error) {
      if (performance.now() - last > silenceMs) onLost(reasonOf(error));
    }
  };
  const timer = setInterval(once, beatMs).unref();
  return () => clearInterval(timer);
}

async function release(path: string, own: string, root: string): Promise<void> {
  try {
    if ((await look(path))?.holder === own) await rm(path);
  } catch (error) {
    throw stateError(error, root);
  }
}

function busy(root: string): BundleError {
  return new BundleError('busy', {
    operation: 'taking the lock of',
    subject: root,
    found: 'another run in progress',
    hint: 'Wait until it is done. The lock of a killed run is taken over automatically.',
  });
}

function lostError(root: string, found: string): BundleError {
  return new BundleError('busy', {
    operation: 'keeping the lock of',
    subject: root,
    expected: 'a lock held until this run is done',
    found,
    hint: 'Another run may have taken it over while this one was suspended. See `bundle status`, then run the command again.',
  });
}
