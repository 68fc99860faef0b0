import { describeSelf, isAlive, parseHolder } from './holder.ts';

/** What became of the process that a mark names; `elsewhere`: in another container of this machine, or on another machine. */
export type Fate = 'running' | 'ended' | 'elsewhere' | 'other-boot';

/** What a mark looks like, for patterns of the names that hold one. */
export const markPattern = String.raw`\d+-[a-z0-9]+-[a-z0-9]+-[a-z0-9]+`;

/**
 * Names this process so that a file name or an image name may end with it: process ID, start time, PID namespace and boot. A
 * process ID alone says nothing to another container that shares the folder: there each one may have the ID 1.
 */
export async function ownMark(): Promise<string> {
  const self = parseHolder(await describeSelf());
  if (self === undefined) throw new Error('this process cannot be described');
  const { pid, started, namespace, boot } = self;
  return [pid, started, shortOf(namespace), shortOf(boot)].join('-');
}

/** Tells whether the process that made a mark still runs. */
export async function fateOf(mark: string): Promise<Fate> {
  const here = parseHolder(await describeSelf());
  const [pid = '', started = '', namespace, boot] = mark.split('-');
  if (here === undefined || shortOf(here.boot) !== boot) return 'other-boot';
  if (shortOf(here.namespace) !== namespace) return 'elsewhere';
  const alive = await isAlive({ ...here, pid: Number(pid), started });
  if (alive === undefined) return 'elsewhere';
  return alive ? 'running' : 'ended';
}

/** `4026531836` of `pid:[4026531836]`, and the first part of a boot's UUID. */
function shortOf(text: string): string {
  return text
    .split('-', 1)
    .join('')
    .replace(/[^a-z0-9]|^pid:/g, '');
}
