import { randomUUID } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { systemErrorCode } from '@bundle/format';
import { readTextIfThere } from './read-text.ts';

/** A process that holds a lock, as it is written into the lock: enough to tell later whether it still runs. */
export interface Holder {
  readonly pid: number;
  /** When it started, in ticks since the boot: the process ID may be another process's by now. */
  readonly started: string;
  /** Process IDs mean something only within a PID namespace of one boot of one machine. */
  readonly namespace: string;
  readonly boot: string;
}

/** Describes this process in one line, each time another; where the system has no /proc, nobody can tell from it. */
export async function describeSelf(): Promise<string> {
  const started = (await statOf(process.pid))?.started ?? 'unknown';
  const { namespace, boot } = await surroundings();
  return [process.pid, started, namespace, boot, randomUUID()].join('/');
}

/** Parses what `describeSelf` wrote; undefined for what it did not write. */
export function parseHolder(text: string): Holder | undefined {
  const [, pid, started, namespace, boot] =
    /^(\d+)\/([^/]+)\/([^/]+)\/([^/]+)\/[^/]+$/.exec(text) ?? [];
  if (pid === undefined || started === undefined) return undefined;
  if (namespace === undefined || boot === undefined) return undefined;
  return { pid: Number(pid), started, namespace, boot };
}

/** Whether a process still runs; undefined where that cannot be known from here: it is on another host or in a container. */
export async function isAlive({ pid, started, ...place }: Holder): Promise<boolean | undefined> {
  const here = await surroundings();
  if (here.boot === 'unknown' || here.boot !== place.boot) return undefined;
  if (here.namespace === 'unknown' || here.namespace !== place.namespace) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemErrorCode(error) === 'ESRCH') return false;
    if (systemErrorCode(error) !== 'EPERM') throw error;
  }
  // /proc may hide the processes of others.
  const now = await statOf(pid);
  if (now === undefined) return undefined;
  // One that has ended is there until its parent has asked for its exit code.
  return now.started === started && !['Z', 'X'].includes(now.state);
}

async function surroundings(): Promise<Pick<Holder, 'namespace' | 'boot'>> {
  const boot = await readTextIfThere('/proc/sys/kernel/random/boot_id');
  return { boot: boot?.trim() ?? 'unknown', namespace: await pidNamespace() };
}

async function pidNamespace(): Promise<string> {
  try {
    return await readlink('/proc/self/ns/pid');
  } catch {
    // Elsewhere than on Linux there is none; then nothing is concluded from process IDs.
    return 'unknown';
  }
}

interface ProcessStat {
  readonly state: string;
  readonly started: string;
}

/** Fields 3 and 22 of proc_pid_stat(5), counted from behind the name in parentheses; undefined where it cannot be seen. */
async function statOf(pid: number): Promise<ProcessStat | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return state === undefined || started === undefined ? undefined : { state, started };
  } catch (error) {
    const hidden = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '');
    if (hidden) return undefined;
    throw error;
  }
}
