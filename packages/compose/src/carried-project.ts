import { join, resolve } from 'node:path';
import { homeFolder } from '@bundle/files';
import { type ParsedDocument, parseYamlDocument } from '@bundle/format/yaml';
import { invalidCompose } from './invalid-compose.ts';
import { isAtOrBelow, type Mount, mountsOf, withoutSlash } from './mounts.ts';
import type { NeededFile } from './needed-files.ts';
import { type Permission, permissionsOf } from './permissions.ts';
import { profileNames, profilesVariable } from './profiles.ts';
import { type ComposeProject, isActive, readProject } from './project.ts';
import { referencesOf } from './references.ts';
import { extendedService } from './resolve-plain.ts';
import type { ComposeService } from './service.ts';
import { type Lookup, mapStrings, tryInterpolate } from './template.ts';
import { checkServices } from './too-many.ts';

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
  const projects = laidOver(withoutReplaced(files, lookup));
  const found = projects.flatMap((project) =>
    permissionsOf(withPlaces(project, projects), isOwnTo(folder)),
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
  checkServices(document.value, path);
  if (finding === undefined) return document;
  throw invalidCompose(path, `line ${finding.line ?? '?'}: ${finding.message}`);
}

/**
 * Lists what the services of a release mount, its files laid over each other as Compose does it: a mount takes the place of
 * one with the same target. Only services that are started count.
 */
export function carriedMounts(
  files: readonly CarriedFile[],
  folder: string,
  lookup: Lookup,
): Mount[] {
  const wanted = profileNames(lookup(profilesVariable));
  const projects = files.flatMap((file) => resolvedFile(file, lookup) ?? []).map(withInherited);
  const profiles = new Map(
    projects.toReversed().flatMap(({ services }) => Object.entries(services)),
  );
  return laidOver(projects)
    .flatMap((project) => mountsOf(withPlaces(project, projects)))
    .filter(({ kind, service }) => kind === 'bind' && isActive(profiles.get(service) ?? {}, wanted))
    .map((mount) => ({ ...mount, source: hostPath(mount.source, folder) }));
}

/** Puts the files of secrets and configs where the later of a release's Compose files say that they are. */
export function placedFiles(
  needed: readonly NeededFile[],
  files: readonly CarriedFile[],
  lookup: Lookup,
): NeededFile[] {
  const later = files.slice(1).flatMap((file) => resolvedFile(file, lookup) ?? []);
  const places = new Map<string, string | null | undefined>(
    later.flatMap(({ configs, secrets }) => [
      ...Object.entries(configs ?? {}).map(([name, one]) => [`config ${name}`, one?.file] as const),
      ...Object.entries(secrets ?? {}).map(([name, one]) => [`secret ${name}`, one?.file] as const),
    ]),
  );
  return needed.map((one) => ({ ...one, path: places.get(one.what) ?? one.path }));
}

function withInherited(project: ComposeProject): ComposeProject {
  const services = Object.keys(project.services).map((name): [string, ComposeService] => [
    name,
    extendedService(project.services, name),
  ]);
  return { ...project, services: Object.fromEntries(services) };
}

/**
 * Reads the files, without lists of env files that a later file replaces. Only the tag says so: without it Compose reads
 * those of both files.
 */
function withoutReplaced(files: readonly CarriedFile[], lookup: Lookup): ComposeProject[] {
  const tags = files.map(({ path, text }) => parseYamlDocument(text, path).tagOf);
  return files.flatMap((file, index) => {
    const project = resolvedFile(file, lookup);
    if (project === undefined) return [];
    const isReplaced = (name: string): boolean =>
      tags.slice(index + 1).some((tagOf) => tagOf(['services', name, 'env_file']) === '!override');
    const services = Object.entries(project.services).map(([name, service]) => [
      name,
      isReplaced(name) ? { ...service, env_file: undefined } : service,
    ]);
    return [{ ...project, services: Object.fromEntries(services) }];
  });
}

/** Drops each mount that a later file has another for: one service has one at a target. */
function laidOver(projects: readonly ComposeProject[]): ComposeProject[] {
  return projects.map((project, index) => {
    const later = projects.slice(index + 1);
    const services = Object.entries(project.services).map(([name, service]) => {
      const taken = new Set(
        later.flatMap(({ services: others }) =>
          (others[name]?.volumes ?? []).map(({ target }) => withoutSlash(target)),
        ),
      );
      const volumes = service.volumes?.filter(({ target }) => !taken.has(withoutSlash(target)));
      return [name, { ...service, volumes }];
    });
    return { ...project, services: Object.fromEntries(services) };
  });
}

function resolvedFile({ path, text }: CarriedFile, lookup: Lookup): ComposeProject | undefined {
  const { value } = parsed(path, text);
  return readProject(mapStrings(value, (part) => tryInterpolate(part, lookup) ?? part));
}

/** Adds the definitions of all files to a project, because a service may use one from another file. */
function withPlaces(project: ComposeProject, all: readonly ComposeProject[]): ComposeProject {
  const together = (key: 'volumes' | 'secrets' | 'configs') =>
    Object.assign({}, ...all.map((one) => one[key] ?? {}));
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
  return /^~(?:\/|$)/.test(path) ? join(homeFolder(), path.slice(1)) : resolve(folder, path);
}

/** Returns a line that identifies a permission, the same in every release. */
export function permissionId({ service, kind, detail }: Permission): string {
  return [service, kind, detail].filter((part) => part !== '').join(' ');
}
