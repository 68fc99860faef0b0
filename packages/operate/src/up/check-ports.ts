import type { ResolvedProject } from '@bundle/compose';
import { publishedPorts } from '@bundle/compose';
import type { Engine } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import { listeningOn, takenPorts } from '@bundle/host';

/** Before anything is stopped: Compose would find out when the old container is gone. Fails with `port-taken`. */
export async function checkPorts(
  engine: Engine,
  project: string,
  { services }: ResolvedProject,
): Promise<void> {
  const ports = Object.entries(services).flatMap(([service, one]) =>
    (one.ports ?? []).flatMap((port) => publishedPorts(service, port)),
  );
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
    operation: 'looking at the ports of',
    subject: project,
    expected: 'ports that nothing else has',
    found: taken.join('\n'),
    hint: 'Stop what has the port; or publish another one, where a setting says which: `bundle up --set NAME=VALUE`. The running release was not touched.',
  });
}
