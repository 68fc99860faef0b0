import { realpath } from 'node:fs/promises';
import type { ProjectContainer } from '@bundle/engine';
import { BundleError, shellWord, systemErrorCode } from '@bundle/format';
import { type InstanceState, type Journal, newJournal, stateDirOf } from '@bundle/host';
import { matchingRelease } from './plan.ts';

/** Adopts an application that was started by hand from a release's folder: returns its journal. */
export function adopted(
  state: InstanceState,
  containers: readonly ProjectContainer[],
  now: Date,
): Journal {
  const journal = newJournal(state.product);
  const match = matchingRelease(state.releases, state.current, containers);
  if (match === undefined) return journal;
  const since = containers.map(({ startedAt }) => startedAt).sort()[0] ?? now.toISOString();
  const entry = { release: match.name, since: new Date(since).toISOString() };
  return { ...journal, running: entry, history: [{ ...entry, backup: null }] };
}

/** Fails with `project-foreign` if containers with this project name come from another folder. */
export async function refuseForeign(
  { name, root }: InstanceState,
  containers: readonly ProjectContainer[],
): Promise<void> {
  const [foreign] = await foreignContainers({ root }, containers);
  if (foreign !== undefined) {
    const { workingDir, name: container } = foreign;
    const other = stateDirOf(workingDir, name);
    throw new BundleError('project-foreign', {
      operation: 'checking the containers of',
      subject: name,
      expected: `containers of releases in ${root}`,
      found: `${container}, of a project in ${workingDir}`,
      hint:
        other === undefined
          ? `Stop that one: docker compose -p ${name} down (its named volumes stay, and are used by this one). Or give this one another name with --name when you import it.`
          : `It is this application, run from another state folder: add --state-dir ${shellWord(other)} (with sudo where that folder is root's). Or give this one another name with --name when you import it.`,
    });
  }
}

/** Finds the containers of an instance's project that were not started from one of its own releases. */
export async function foreignContainers(
  { root }: Pick<InstanceState, 'root'>,
  containers: readonly ProjectContainer[],
): Promise<ProjectContainer[]> {
  const own = await realFolder(root);
  const found: ProjectContainer[] = [];
  for (const container of containers) {
    const { workingDir } = container;
    const folder = await realFolder(workingDir);
    if (!folder.startsWith(`${own}/`) && !workingDir.startsWith(`${root}/`)) found.push(container);
  }
  return found;
}

async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return path;
    throw error;
  }
}
