import { realpath } from 'node:fs/promises';
import type { ProjectContainer } from '@bundle/engine';
import { BundleError, shellWord, systemErrorCode } from '@bundle/format';
import { type InstanceState, type Journal, newJournal, stateDirOf } from '@bundle/host';
import { matchingRelease } from './plan.ts';

/** A stack that was started by hand from a release's folder becomes this instance's. */
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

/** Containers of this project name that come from another folder are not this application's. */
export async function refuseForeign(
  { name, root }: InstanceState,
  containers: readonly ProjectContainer[],
): Promise<void> {
  const own = await realpath(root);
  for (const { workingDir, name: container } of containers) {
    const folder = await realFolder(workingDir);
    if (folder.startsWith(`${own}/`) || workingDir.startsWith(`${root}/`)) continue;
    const other = stateDirOf(workingDir, name);
    throw new BundleError('project-foreign', {
      operation: 'looking at the containers of',
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

async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return path;
    throw error;
  }
}
