import type { Runtime } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import type { VolumeCopy } from './list.ts';

/**
 * Checks that no container outside a project has one of these volumes: the engine would refuse to replace it. Fails with
 * `volume-in-use`, which names them all.
 */
export async function refuseUsed(
  runtime: Runtime,
  project: string,
  copies: readonly Pick<VolumeCopy, 'name'>[],
): Promise<void> {
  const uses: string[] = [];
  for (const { name } of copies) {
    for (const user of await runtime.volumeUsers(name))
      if (user.project !== project) uses.push(`${name} is used by the container ${user.name}`);
  }
  if (uses.length === 0) return;
  throw new BundleError('volume-in-use', {
    operation: 'restoring the volumes of',
    subject: project,
    expected: 'volumes that only its own containers have',
    found: uses.join('\n'),
    hint: 'No volume was changed. Remove these containers (`docker rm --force NAME`); a stopped one holds its volumes too.',
  });
}
