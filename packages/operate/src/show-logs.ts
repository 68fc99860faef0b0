import { projectOnly } from './instance.ts';
import type { Tools } from './up-types.ts';
import { isEngineGone, type Unhealthy } from './wait.ts';

const logLines = 20;

/** Shows what the services wrote last that did not get healthy. */
export async function showLogs(
  tools: Pick<Tools, 'compose' | 'runtime'>,
  project: string,
  bad: Unhealthy,
  onLine: (line: string) => void,
): Promise<void> {
  const services = [...new Set(bad.map(({ service }) => service))];
  const known = (await containersIfAny(tools, project)).map(({ service }) => service);
  const wanted = services.filter((service) => known.includes(service));
  if (wanted.length === 0) return;
  onLine(`Last lines of ${wanted.join(', ')}:`);
  await tools.compose.logs(
    projectOnly(project),
    wanted,
    { tail: logLines },
    onLine,
    new AbortController().signal,
  );
}

async function containersIfAny({ runtime }: Pick<Tools, 'runtime'>, project: string) {
  try {
    return await runtime.containers(project);
  } catch (error) {
    if (isEngineGone(error)) return [];
    throw error;
  }
}
