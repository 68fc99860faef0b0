import { projectOnly } from '@bundle/host';
import { shortened } from './log-lines.ts';
import type { Tools } from './types.ts';
import { containersOrNone, type Unhealthy } from './wait.ts';

/** Lines that are shown of each service, and that are read for them. */
const shownLines = 20;
const readLines = 400;

/** Shows the last log lines of the services that did not become healthy. */
export async function showLogs(
  tools: Pick<Tools, 'compose' | 'runtime'>,
  project: string,
  bad: Unhealthy,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const services = [...new Set(bad.map(({ service }) => service))];
  const containers = (await containersOrNone(tools.runtime, project)) ?? [];
  const wanted = services.filter((service) => containers.some((one) => one.service === service));
  if (wanted.length === 0) return;
  onLine(`Last lines of ${wanted.join(', ')}:`);
  for (const service of wanted) {
    const lines: string[] = [];
    const collect = (line: string): void => void lines.push(line);
    await tools.compose.logs(projectOnly(project), [service], { tail: readLines }, collect, signal);
    for (const line of shortened(lines, shownLines)) onLine(line);
  }
}
