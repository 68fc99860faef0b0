import type { Mount, ResolvedProject } from '@bundle/compose';
import { isThere } from '@bundle/files';
import { BundleError } from '@bundle/format';
import { mountProblems, mountProblemsHint, mountProblemText, type Release } from '@bundle/host';

interface NeededFile {
  readonly service: string;
  readonly what: string;
  readonly path: string;
}

/** Files of this host that Compose insists on: secrets and configs from files. */
export function neededFiles({ services, secrets, configs }: ResolvedProject): NeededFile[] {
  return Object.entries(services).flatMap(([service, uses]) => {
    const from = (
      what: string,
      used: readonly { source: string }[] | null | undefined,
      places: ResolvedProject['secrets'],
    ): NeededFile[] =>
      (used ?? []).flatMap(({ source }) => {
        const path = places?.[source]?.file;
        return !path ? [] : [{ service, what: `${what} ${source}`, path }];
      });
    return [...from('secret', uses.secrets, secrets), ...from('config', uses.configs, configs)];
  });
}

/** Before anything is stopped or started. Fails with `config-check-failed`, which names all that is missing. */
export async function checkFiles(project: ResolvedProject): Promise<void> {
  const missing: NeededFile[] = [];
  for (const file of neededFiles(project)) if (!(await isThere(file.path))) missing.push(file);
  if (missing.length === 0) return;
  throw new BundleError('config-check-failed', {
    operation: 'looking for files that the application uses and a bundle does not carry',
    expected: missing.map(({ service, what, path }) => `${path}, ${what} of ${service}`).join('\n'),
    found: 'no such file',
    hint: 'Bring them to these places, then run `bundle up` again. The running release was not touched.',
  });
}

/**
 * Refuses a start with other mounts than where the bundle was made: the engine would put empty folders in their place. Fails
 * with `config-check-failed`, which names all of them.
 */
export async function checkMounts(
  release: Release,
  mounts: readonly Mount[],
  earlier: readonly string[],
): Promise<void> {
  const problems = await mountProblems(release, mounts, earlier);
  if (problems.length === 0) return;
  throw new BundleError('config-check-failed', {
    operation: 'looking for what services mount and a bundle does not carry',
    expected: 'the files and folders that were there where the bundle was made',
    found: problems.map(mountProblemText).join('\n'),
    hint: `${mountProblemsHint(problems)} Then run \`bundle up\` again. The running release was not touched.`,
  });
}
