import { resolve } from 'node:path';
import { type ComposeProject, insideProject, readProject, seccompFiles } from '@bundle/compose';
import { BundleError } from '@bundle/format';
import type { PlannedFile } from './application.ts';
import { keysIn, packed } from './plan-mounts.ts';
import { readSource } from './sources.ts';

/** Files or folders that are named explicitly, relative to the project folder. */
export interface NamedFiles {
  readonly names: readonly string[];
  /** Where they are named: "the spec". */
  readonly by: string;
  readonly hint: string;
}

/** Returns the files of `label_file:` of all services, which Compose reads at each start. */
export function labelFiles(document: unknown): NamedFiles {
  const services = readProject(document)?.services ?? {};
  const names = Object.values(services).flatMap(({ label_file }) => label_file ?? []);
  return { names, by: 'label_file', hint: 'Fix `label_file:` in the Compose file.' };
}

/** Returns the seccomp profiles of all services in a project folder; others are the host's own. */
export function seccompProfiles(project: ComposeProject, projectDir: string): NamedFiles {
  const names = Object.values(project.services)
    .flatMap(seccompFiles)
    .filter((name) => insideProject(projectDir, resolve(projectDir, name)) !== undefined);
  return { names, by: 'security_opt', hint: 'Fix `security_opt:` in the Compose file.' };
}

/** Returns additional files, which the spec names unless an option does. */
export function specFiles(names: readonly string[], option: string | undefined): NamedFiles {
  if (option !== undefined) return { names, by: option, hint: `Correct ${option}.` };
  const hint = 'Fix `files:` in the spec; paths are relative to the folder of the Compose file.';
  return { names, by: 'the spec', hint };
}

export interface NamedPlan {
  readonly files: readonly PlannedFile[];
  /** Absolute paths of files with a private key, except those that are named directly. */
  readonly privateKeys: readonly string[];
}

/**
 * Packs everything that is named, regardless of its size; an env file among it needs `withEnv`. Fails with
 * `file-unsafe` and `input-unreadable`.
 */
export async function planNamedFiles(
  { names, by, hint }: NamedFiles,
  projectDir: string,
  withheldReason: (file: string) => string | undefined,
): Promise<NamedPlan> {
  const files: PlannedFile[] = [];
  const privateKeys: string[] = [];
  for (const name of names) {
    const source = resolve(projectDir, name);
    const refuse = (code: 'file-unsafe' | 'input-unreadable', subject: string, found: string) =>
      new BundleError(code, {
        operation: `packing the files named by ${by},`,
        subject,
        expected: 'a file or folder of the project',
        found,
        hint,
      });
    if (insideProject(projectDir, source) === undefined) {
      throw refuse('file-unsafe', source, `it lies outside ${projectDir}`);
    }
    const apart = new Set<string>();
    const rules = { root: projectDir, withheldReason, apart, upToConfiguration: false };
    const { facts, files: found, skipped } = await readSource(source, rules);
    const [first] = skipped;
    if (first !== undefined) throw refuse('file-unsafe', first.file, first.reason);
    if (facts.type === 'missing') throw refuse('input-unreadable', source, 'no such file');
    files.push(...packed(found, { projectDir }, `named by ${by}`, source));
    if (facts.type === 'folder') privateKeys.push(...keysIn(found));
  }
  return { files, privateKeys };
}
