import { projectOnly } from '@bundle/host';
import type { Tools } from './types.ts';
import { containersOrNone, type Unhealthy } from './wait.ts';

const logLines = 20;

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
  await tools.compose.logs(projectOnly(project), wanted, { tail: logLines }, onLine, signal);
}
