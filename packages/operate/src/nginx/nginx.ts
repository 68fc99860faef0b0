import { setTimeout as sleep } from 'node:timers/promises';
import type { ProjectContainer, Runtime } from '@bundle/engine';

const pollMs = 100;
/** Time for new workers to come up, and for requests that the old ones still answer. */
const reloadMs = 5_000;
const drainMs = 10_000;

/** The mark of lines that were written here, so that they are found again whatever happened since. */
const mark = '# bundle up';

/** nginx as it runs in a container; images of nginx need not have more than a shell, so only its own words are used. */
export interface Nginx {
  readonly container: ProjectContainer;
  readonly master: number;
  /** Those that accept connections. */
  readonly workers: readonly number[];
  /** Workers from before a reload are still running. */
  readonly closing: boolean;
  /** It finds addresses that were written for it. */
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

/** Takes old lines out, puts new ones in (they are given), and lets nginx read its configuration again. */
const reload = `text=
while IFS= read -r line; do
  case $line in *"${mark}") ;; *) text="$text$line
" ;; esac
done </etc/hosts
printf '%s%s' "$text" "$2" >/etc/hosts
kill -HUP "$1"`;

/** Undefined where no nginx runs, or none that can be told of another address. */
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
 * Lets nginx look its upstreams up again. With `lines` it finds these addresses and no others: names in its
 * configuration are looked up when that is read, and /etc/hosts comes before the engine's DNS. Done when new workers
 * alone accept connections; false when none came, as with a configuration that it does not take.
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
    // For a tenth of a second the old ones run beside the new ones.
    return accepting.length > 0 && !accepting.some((id) => workers.includes(id));
  });
}

/** Waits until the old workers have answered what they had accepted; a stream without an end is not waited for. */
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
