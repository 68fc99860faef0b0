import { execFileSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { type Finished, finished, startInShell } from '../run-bundle.ts';

// Points at which a command is killed or meets a fault: the system calls that change names and make bytes durable, as
// strace sees them. So no point is forgotten when code changes.

export const canTrace = ((): boolean => {
  try {
    execFileSync('strace', ['-e', 'trace=none', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const traced =
  '/^(fsync|fdatasync|rename|renameat|renameat2|symlink|symlinkat|link|linkat|unlink|unlinkat|rmdir|mkdir|mkdirat|ftruncate)$';

/** A system call of a command: the `nth` of this name, and the paths in it. */
export interface Call {
  readonly name: string;
  readonly nth: number;
  readonly paths: readonly string[];
}

export interface Traced extends Finished {
  readonly calls: readonly Call[];
}

/** Lists the calls of a log of strace, counted by thread and name as strace counts them. */
function callsOf(log: string): Call[] {
  const counts = new Map<string, number>();
  return log.split('\n').flatMap((line) => {
    const [, thread = '', name = '', rest = ''] = /^(\d+) +(\w+)\((.*)/.exec(line) ?? [];
    if (name === '') return [];
    const key = `${thread} ${name}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    const paths = [...rest.matchAll(/"([^"]*)"|\d+<([^>]*)>/g)].map(
      ([, quoted, opened]) => quoted ?? opened ?? '',
    );
    return [{ name, nth, paths: paths.filter((path) => path.startsWith('/')) }];
  });
}

/**
 * Returns the words before a command that run it under strace, with all its file work on one thread. `inject` is what
 * happens at a call, such as `rename:signal=KILL:when=2` before the second rename or `fsync:error=EIO:when=1` in place
 * of the first fsync.
 */
export function tracing(log: string, inject?: string): string[] {
  const injected = inject === undefined ? [] : ['-e', `inject=${inject}`];
  const options = ['-f', '-b', 'execve', '-y', '-qq', '-s', '500', '-e', 'signal=none'];
  const strace = ['strace', ...options, '-e', `trace=${traced}`, ...injected, '-o', log];
  return ['env', 'UV_THREADPOOL_SIZE=1', ...strace];
}

export async function readCalls(log: string): Promise<Call[]> {
  const calls = callsOf(await readFile(log, 'utf8'));
  await rm(log);
  return calls;
}

/** Runs the command under strace on this machine. */
export async function trace(
  words: readonly string[],
  log: string,
  inject?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Traced> {
  const prefix = tracing(log, inject).map((word) => `'${word}'`);
  const result = await finished(startInShell(`exec ${prefix.join(' ')} "$@"`, words, env));
  return { ...result, calls: await readCalls(log) };
}

/** What a point is called: the call, and the path that it changes, below `root`. */
export function pointName({ name, paths }: Call, root: string): string {
  const path = (paths.at(-1) ?? '').replace(`${root}/`, '');
  return `${name} ${path.replace(/[0-9a-f]{12,64}/g, '#').replace(/partial-[^/]*/, 'partial')}`;
}
