import type { ProjectContainer } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import {
  foreignHint,
  type InstanceState,
  isForeignFolder,
  type Journal,
  newJournal,
} from '@bundle/host';
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
    throw new BundleError('project-foreign', {
      operation: 'checking the containers of',
      subject: name,
      expected: `containers of releases in ${root}`,
      found: `${container}, of a project in ${workingDir}`,
      hint: foreignHint(name, workingDir),
    });
  }
}

/** Finds the containers of an instance's project that were not started from one of its own releases. */
export async function foreignContainers(
  { root }: Pick<InstanceState, 'root'>,
  containers: readonly ProjectContainer[],
): Promise<ProjectContainer[]> {
  const found: ProjectContainer[] = [];
  for (const container of containers) {
    if (await isForeignFolder({ root }, container.workingDir)) found.push(container);
  }
  return found;
}
