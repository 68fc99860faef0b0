import { realpath } from 'node:fs/promises';
import type { ProjectContainer } from '@bundle/engine';
import { BundleError, systemErrorCode } from '@bundle/format';
import type { InstanceState } from '@bundle/host';
import { type Journal, newJournal } from '@bundle/host';
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
  const own = await realpath(root);
  for (const { workingDir, name: container } of containers) {
    const folder = await realFolder(workingDir);
    if (folder.startsWith(`${own}/`) || workingDir.startsWith(`${root}/`)) continue;
    throw new BundleError('project-foreign', {
      operation: 'checking the containers of',
      subject: name,
      expected: `containers of releases in ${root}`,
      found: `${container}, of a project in ${workingDir}`,
      hint: `Stop that one: docker compose -p ${name} down (its named volumes stay, and are used by this one). Or give this one another name with --name when you import it.`,
    });
  }
}

async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return path;
    throw error;
  }
}
