import { allPublishedPorts, isIdle, type ResolvedProject } from '@bundle/compose';
import type { Engine } from '@bundle/engine';
import { BundleError, paths } from '@bundle/format';
import { listeningOn, takenPorts } from '@bundle/host';

/**
 * Checks the ports before anything is stopped: Compose would notice only after the old container is gone. Fails with
 * `port-taken`.
 */
export async function checkPorts(
  engine: Engine,
  project: string,
  { services }: ResolvedProject,
): Promise<void> {
  const running = Object.entries(services).filter(([, service]) => !isIdle(service));
  const ports = allPublishedPorts(running, paths.compose);
  if (ports.length === 0) return;
  const { dataFolder } = await engine.info();
  const listening =
    dataFolder === undefined
      ? undefined
      : await listeningOn(new Set(ports.map(({ port }) => port)));
  const taken = takenPorts({
    needs: { ports },
    inventory: await engine.takenNames(),
    project,
    ...(listening === undefined ? {} : { listening }),
  });
  if (taken.length === 0) return;
  throw new BundleError('port-taken', {
    operation: 'checking the ports of',
    subject: project,
    expected: 'ports that nothing else uses',
    found: taken.join('\n'),
    hint: 'Stop what uses the port, or publish another one if a setting allows it: `bundle up --set NAME=VALUE`. The running release was not touched.',
  });
}
