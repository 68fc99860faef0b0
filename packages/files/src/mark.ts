import { describeSelf, isAlive, parseHolder } from './holder.ts';

/**
 * The fate of the process named by a mark; `elsewhere`: in another container on this machine, or on another machine.
 */
export type Fate = 'running' | 'ended' | 'elsewhere' | 'other-boot';

/** Pattern of a mark, for use in patterns of names that contain one. */
export const markPattern = String.raw`\d+-[a-z0-9]+-[a-z0-9]+-[a-z0-9]+`;

/**
 * Returns a mark for this process that can end a file name or an image name: process ID, start time, PID namespace and
 * boot. A process ID alone would mean nothing to another container that shares the folder, where each process may have
 * the ID 1.
 */
export async function ownMark(): Promise<string> {
  const self = parseHolder(await describeSelf());
  if (self === undefined) throw new Error('this process cannot be described');
  const { pid, started, namespace, boot } = self;
  return [pid, started, shortOf(namespace), shortOf(boot)].join('-');
}

/** Tells whether the process that made a mark is still running. */
export async function fateOf(mark: string): Promise<Fate> {
  const here = parseHolder(await describeSelf());
  const [pid = '', started = '', namespace, boot] = mark.split('-');
  if (here === undefined || shortOf(here.boot) !== boot) return 'other-boot';
  if (shortOf(here.namespace) !== namespace) return 'elsewhere';
  const alive = await isAlive({ ...here, pid: Number(pid), started });
  if (alive === undefined) return 'elsewhere';
  return alive ? 'running' : 'ended';
}

/** Shortens a namespace or boot ID: `4026531836` of `pid:[4026531836]`, or the first part of a boot's UUID. */
function shortOf(text: string): string {
  return text
    .split('-', 1)
    .join('')
    .replace(/[^a-z0-9]|^pid:/g, '');
}
