import { setTimeout as sleep } from 'node:timers/promises';
import type { ProjectContainer, Runtime } from '@bundle/engine';

const pollMs = 100;
/** Time limits for new workers to come up, and for old ones to finish their requests. */
const reloadMs = 5_000;
const drainMs = 10_000;

/** Mark of the lines written to /etc/hosts, by which later runs recognise them. */
const mark = '# bundle up';

/** A running nginx in a container. Its image may contain only a shell, so only built-in commands are used. */
export interface Nginx {
  readonly container: ProjectContainer;
  readonly master: number;
  /** Process IDs of the workers that accept connections. */
  readonly workers: readonly number[];
  /** Whether workers from before a reload are still running. */
  readonly closing: boolean;
  /** Whether its /etc/hosts contains marked lines. */
  readonly isLed: boolean;
}

const look = `for file in /proc/[0-9]*/cmdline; do
  line=; read -r line <"$file" 2>/dev/null
  id=\${file#/proc/}
  case $line in
    "nginx: master process"*) echo "master \${id%%/*}" ;;
    "nginx: worker process is shutting down"*) echo closing ;;
    "nginx: worker process"*) echo "worker \${id%%/*}" ;;
  esac
done
while IFS= read -r line; do
  case $line in *"${mark}") echo led ;; esac
done </etc/hosts
[ -w /etc/hosts ]`;

/** Replaces the marked lines by the given ones, and makes nginx reload its configuration. */
const reload = `text=
while IFS= read -r line; do
  case $line in *"${mark}") ;; *) text="$text$line
" ;; esac
done </etc/hosts
printf '%s%s' "$text" "$2" >/etc/hosts
kill -HUP "$1"`;

/** Finds nginx in a container; undefined if none runs, or if it cannot be switched to another address. */
export async function findNginx(
  runtime: Runtime,
  container: ProjectContainer,
): Promise<Nginx | undefined> {
  const isIt = container.command.some((word) => /nginx|openresty/.test(word));
  if (container.state !== 'running' || !isIt) return undefined;
  const { exitCode, output } = await runtime.exec(container.id, ['sh', '-c', look]);
  const ids = (what: string): number[] =>
    [...output.matchAll(new RegExp(`^${what} (\\d+)`, 'gm'))].map(([, id]) => Number(id));
  const [master] = ids('master');
  if (exitCode !== 0 || master === undefined) return undefined;
  const isLed = /^led/m.test(output);
  const closing = /^closing/m.test(output);
  return { container, master, workers: ids('worker'), closing, isLed };
}

/**
 * Makes nginx resolve its upstreams again. With `lines`, it finds only these addresses: nginx resolves names when it
 * reads its configuration, and /etc/hosts takes precedence over the engine's DNS. Returns true once only new workers
 * accept connections; false if none come up, for example because nginx rejects the configuration.
 */
export async function reloadNginx(
  runtime: Runtime,
  { container, master, workers }: Nginx,
  lines: readonly string[] = [],
): Promise<boolean> {
  const text = lines.map((line) => `${line} ${mark}\n`).join('');
  await runtime.exec(container.id, ['sh', '-c', reload, 'sh', String(master), text]);
  return until(reloadMs, async () => {
    const accepting = (await findNginx(runtime, container))?.workers ?? [];
    // Old and new workers overlap for a tenth of a second.
    return accepting.length > 0 && !accepting.some((id) => workers.includes(id));
  });
}

/** Waits until the old workers have finished their requests, but not for endless streams. */
export async function drainNginx(runtime: Runtime, before: Nginx): Promise<void> {
  await until(drainMs, async () => {
    const now = await findNginx(runtime, before.container);
    return now?.closing === false;
  });
}

async function until(timeMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + timeMs;
  for (;;) {
    if (await isSo()) return true;
    if (performance.now() > end) return false;
    await sleep(pollMs);
  }
}
