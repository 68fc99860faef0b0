import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ParsedDocument, parseYamlDocument } from '@bundle/format/yaml';
import { invalidCompose } from './documents.ts';
import { isAtOrBelow } from './mounts.ts';
import { type Permission, permissionsOf } from './permissions.ts';
import { type ComposeProject, readProject } from './project.ts';
import { referencesOf } from './references.ts';
import { type Lookup, mapStrings, tryInterpolate } from './template.ts';

/** A Compose file of a release, either on this host or still in its bundle. */
export interface CarriedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Refuses Compose files of a release that refer to anything outside. Export merges included and extended files into
 * one, and a provider is a program that Compose would run on the host. Fails with `compose-invalid`, also for YAML that
 * cannot be read.
 */
export function checkCarriedFiles(files: readonly CarriedFile[]): void {
  for (const { path, text } of files) {
    const { value, lineOf } = parsed(path, text);
    const [reference] = referencesOf(value);
    if (reference === undefined) continue;
    const line = lineOf(reference.path) ?? '?';
    throw invalidCompose(path, `line ${line}: ${reference.kind} of "${reference.target}"`);
  }
}

/**
 * Lists the host permissions of a release's services, from its Compose files and the values of its settings. `folder`:
 * the release's folder; files in it are not the host's.
 */
export function carriedPermissions(
  files: readonly CarriedFile[],
  folder: string,
  lookup: Lookup,
): Permission[] {
  const projects = files.map(({ path, text }) => {
    const { value } = parsed(path, text);
    return readProject(mapStrings(value, (part) => tryInterpolate(part, lookup) ?? part));
  });
  const found = projects.flatMap((project) =>
    project === undefined ? [] : permissionsOf(withPlaces(project, projects), isOwnTo(folder)),
  );
  const absolute = found.map((one) =>
    one.kind === 'host-path' || one.kind === 'engine-socket'
      ? { ...one, detail: hostPath(one.detail, folder) }
      : one,
  );
  return [...new Map(absolute.map((one) => [permissionId(one), one])).values()];
}

/** Parses a Compose file, and refuses one that cannot be read: Compose may read it, and its permissions would be unseen. */
function parsed(path: string, text: string): ParsedDocument {
  const document = parseYamlDocument(text, path);
  const [finding] = document.findings;
  if (finding === undefined) return document;
  throw invalidCompose(path, `line ${finding.line ?? '?'}: ${finding.message}`);
}

/** Adds the definitions of all files to a project, because a service may use one from another file. */
function withPlaces(
  project: ComposeProject,
  all: readonly (ComposeProject | undefined)[],
): ComposeProject {
  const together = (key: 'volumes' | 'secrets' | 'configs') =>
    Object.assign({}, ...all.map((one) => one?.[key] ?? {}));
  return {
    ...project,
    volumes: together('volumes'),
    secrets: together('secrets'),
    configs: together('configs'),
  };
}

/** Returns a test for paths in Compose files: whether a path belongs to the release and not to the host. */
export function isOwnTo(folder: string): (path: string) => boolean {
  return (path) => isAtOrBelow(hostPath(path, folder), folder);
}

/** Makes a path of a Compose file in `folder` absolute, as Compose does. */
export function hostPath(path: string, folder: string): string {
  if (path === '') return '';
  return /^~(?:\/|$)/.test(path) ? join(homedir(), path.slice(1)) : resolve(folder, path);
}

/** Returns a line that identifies a permission, the same in every release. */
export function permissionId({ service, kind, detail }: Permission): string {
  return [service, kind, detail].filter((part) => part !== '').join(' ');
}
