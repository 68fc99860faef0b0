import type Docker from 'dockerode';
import type { VolumeUser } from '../containers.ts';
import { parse, statusOf } from './client.ts';
import { volumeUserSchema } from './container-api.ts';
import { engineError } from './failures.ts';
import { labels } from './labels.ts';

// Helper containers are those that the command makes for its own work. A killed run leaves its own behind, and an engine
// does not remove a volume that any container has, even one that never ran.

/** Removes the helper containers that a killed run of this project left, or only those with one volume. */
export async function removeHelpers(
  docker: Docker,
  host: string,
  project: string,
  volume?: string,
): Promise<void> {
  const filters = {
    label: [`${labels.helper}=${project}`],
    ...(volume === undefined ? {} : { volume: [volume] }),
  };
  for (const { Id } of await listed(docker, host, filters)) {
    try {
      await docker.getContainer(Id).remove({ force: true, v: true });
    } catch (error) {
      // Removed since it was listed.
      if (statusOf(error) === 404) continue;
      throw engineError(error, 'removing a container on', host, 'engine-failed');
    }
  }
}

/** Lists the containers that have a volume, sorted by name. A helper belongs to the project that it was made for. */
export async function volumeUsers(
  docker: Docker,
  host: string,
  volume: string,
): Promise<VolumeUser[]> {
  return (await listed(docker, host, { volume: [volume] }))
    .map(({ Id, Names, Labels }) => ({
      name: (Names?.[0] ?? Id).replace(/^\//, ''),
      project: Labels?.[labels.helper] ?? Labels?.[labels.project] ?? '',
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function listed(docker: Docker, host: string, filters: Record<string, string[]>) {
  try {
    return parse(volumeUserSchema, await docker.listContainers({ all: true, filters }));
  } catch (error) {
    throw engineError(error, 'listing containers of', host, 'engine-failed');
  }
}
