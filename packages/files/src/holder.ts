import { randomUUID } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { systemErrorCode } from '@bundle/format';
import { readTextIfThere } from './read-text.ts';

/** A process that holds a lock, as recorded in the lock: enough to tell later whether it is still running. */
export interface Holder {
  readonly pid: number;
  /** Start time in ticks since boot, because the process ID may have been reused. */
  readonly started: string;
  /** Process IDs are meaningful only within a PID namespace, one boot and one machine. */
  readonly namespace: string;
  readonly boot: string;
}

/**
 * Describes this process in one line, different each time. On a system without /proc nobody can tell from it whether
 * the process is running.
 */
export async function describeSelf(): Promise<string> {
  const started = (await statOf(process.pid))?.started ?? 'unknown';
  const { namespace, boot } = await surroundings();
  return [process.pid, started, namespace, boot, randomUUID()].join('/');
}

/** Parses the output of `describeSelf`; undefined for any other text. */
export function parseHolder(text: string): Holder | undefined {
  const [, pid, started, namespace, boot] =
    /^(\d+)\/([^/]+)\/([^/]+)\/([^/]+)\/[^/]+$/.exec(text) ?? [];
  if (pid === undefined || started === undefined) return undefined;
  if (namespace === undefined || boot === undefined) return undefined;
  return { pid: Number(pid), started, namespace, boot };
}

/**
 * Tells whether a process is still running; undefined if that cannot be known from here, because it is on another host
 * or in a container.
 */
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
  // /proc may hide other users' processes.
  const now = await statOf(pid);
  if (now === undefined) return undefined;
  // An ended process stays visible until its parent has read its exit code.
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
    // Only Linux has it; elsewhere nothing is concluded from process IDs.
    return 'unknown';
  }
}

interface ProcessStat {
  readonly state: string;
  readonly started: string;
}

/**
 * Reads fields 3 and 22 of proc_pid_stat(5), counted from after the name in parentheses; undefined if the process is
 * not visible.
 */
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
