import {
  hostPath,
  type Mount,
  type NeededFile,
  neededFiles,
  type ResolvedProject,
} from '@bundle/compose';
import { isThereForOthers } from '@bundle/files';
import { BundleError } from '@bundle/format';
import {
  elsewhereHint,
  elsewhereMounts,
  elsewhereText,
  mountProblems,
  mountProblemsHint,
  mountProblemText,
  type Release,
} from '@bundle/host';

/**
 * Checks the files before anything is stopped or started. Fails with `config-check-failed`, which lists all missing
 * files.
 */
export async function checkFiles(
  project: ResolvedProject,
  { folder }: Pick<Release, 'folder'>,
): Promise<void> {
  const missing: NeededFile[] = [];
  for (const file of neededFiles(project)) {
    // Compose leaves the path of a seccomp profile as it is written.
    const path = hostPath(file.path, folder);
    // The engine opens it as root: what only root can see may be there.
    if ((await isThereForOthers(path)) === false) missing.push({ ...file, path });
  }
  if (missing.length === 0) return;
  throw new BundleError('config-check-failed', {
    operation: 'looking for files that the application needs and a bundle does not contain',
    expected: missing.map(({ service, what, path }) => `${path}, ${what} of ${service}`).join('\n'),
    found: 'no such file',
    hint: 'Put the files there, then run `bundle up` again. The running release was not touched.',
  });
}

/**
 * Refuses a start if mounts differ from those where the bundle was made: the engine would put empty folders in place of
 * missing ones. Fails with `config-check-failed`, which lists all of them.
 */
export async function checkMounts(
  release: Release,
  mounts: readonly Mount[],
  earlier: readonly string[],
): Promise<void> {
  const problems = await mountProblems(release, mounts, earlier);
  if (problems.length === 0) return;
  throw new BundleError('config-check-failed', {
    operation: 'looking for mounts that are not in the bundle',
    expected: 'the files and folders that existed where the bundle was made',
    found: problems.map(mountProblemText).join('\n'),
    hint: `${mountProblemsHint(problems)} Then run \`bundle up\` again. The running release was not touched.`,
  });
}

/**
 * Refuses a start on an engine of another machine that would mount files of this one: it looks for them there. Fails with
 * `config-check-failed`, which lists all of them.
 */
export function checkElsewhere(release: Release, mounts: readonly Mount[]): void {
  const files = mounts.filter(({ kind }) => kind !== 'volume');
  const own = elsewhereMounts(release, files).filter(({ isOfCommand }) => isOfCommand);
  if (own.length === 0) return;
  throw new BundleError('config-check-failed', {
    operation: 'checking what the application mounts',
    expected: 'an engine on this machine',
    found: elsewhereText(own),
    hint: `${elsewhereHint} The running release was not touched.`,
  });
}
