import { dirname, join, resolve } from 'node:path';
import { homeFolder } from '@bundle/files';
import { BundleError, formatDocumentPath, reasonOf } from '@bundle/format';
import type { ComposeDocument } from './documents.ts';
import { invalidCompose } from './invalid-compose.ts';
import { boundFolder } from './mounts.ts';
import { nameOfFolder } from './product-name.ts';
import {
  type ComposeProject,
  isActive,
  parseResolved,
  projectSchema,
  type ResolvedProject,
} from './project.ts';
import type { ComposeService } from './service.ts';
import { interpolate, type Lookup, mapStrings } from './template.ts';
import type { ComposeVolume } from './volumes.ts';

/**
 * Resolves a standalone Compose file without the compose plugin: variables, short forms, profiles, and services that
 * extend others in the same file. Refuses anything that needs several files.
 */
export function resolvePlain(
  documents: readonly ComposeDocument[],
  profiles: readonly string[],
  product: string | undefined,
  lookup: Lookup,
): ResolvedProject {
  const [document, second] = documents;
  if (document === undefined) throw new Error('a project has at least one Compose file');
  const [reference] = document.references;
  if (reference !== undefined) {
    const line = document.lineOf(reference.path) ?? '?';
    throw needsPlugin(document.file, `"${reference.kind}" of ${reference.target} on line ${line}`);
  }
  if (second !== undefined) throw needsPlugin(document.file, `merging with ${second.file}`);

  const { file } = document;
  const folder = dirname(file);
  const parsed = projectSchema.safeParse(interpolateAll(document, lookup));
  if (!parsed.success) {
    const words = parsed.error.issues.map(
      ({ path, message }) =>
        `line ${document.lineOf(path) ?? '?'}: ${formatDocumentPath(path)}: ${message}`,
    );
    throw invalidCompose(file, words.join('; '));
  }
  const { services, configs, secrets, volumes, name } = parsed.data;
  const active = Object.keys(services)
    .map((service) => [service, extended(services, service, [], file)] as const)
    .filter(([, service]) => isActive(service, profiles));
  for (const [service, { image, build }] of active) {
    if (image !== undefined || build) continue;
    const line = document.lineOf(['services', service]) ?? '?';
    throw invalidCompose(file, `line ${line}: service ${service} has neither image nor build`);
  }
  const project = {
    // An empty value counts as none, as for Compose.
    name: product ?? (lookup('COMPOSE_PROJECT_NAME') || name) ?? nameOfFolder(folder),
    services: Object.fromEntries(
      active.map(([service, definition]) => [service, absoluteService(definition, folder)]),
    ),
    volumes: absoluteFolders(volumes, folder),
    configs: absoluteFiles(configs, folder),
    secrets: absoluteFiles(secrets, folder),
  };
  return parseResolved(project, file);
}

function interpolateAll({ value, file, lineOf }: ComposeDocument, lookup: Lookup): unknown {
  return mapStrings(value, (text, path) => {
    try {
      return typed(interpolate(text, lookup), text);
    } catch (error) {
      const place = `line ${lineOf(path) ?? '?'}: ${formatDocumentPath(path)}`;
      throw invalidCompose(file, `${place}: ${reasonOf(error)}`);
    }
  });
}

/** Converts an interpolated value to its type: `privileged: ${X:-false}` means a boolean, not a word. */
function typed(value: string, written: string): unknown {
  if (value === written) return value;
  return value === 'true' ? true : value === 'false' ? false : value;
}

/** Merges a service likewise, and never fails: one that extends itself or a missing one has only its own keys. */
export function extendedService(
  services: Readonly<Record<string, ComposeService>>,
  name: string,
): ComposeService {
  try {
    return extended(services, name, [], name);
  } catch {
    return services[name] ?? {};
  }
}

/** Merges a service with those that it extends; its own keys win, and mounts add up. */
function extended(
  services: Readonly<Record<string, ComposeService>>,
  name: string,
  path: readonly string[],
  file: string,
): ComposeService {
  const { extends: from, ...own } = services[name] ?? {};
  if (!from) return own;
  const base = from.service ?? name;
  if (services[base] === undefined || path.includes(base) || base === name) {
    throw invalidCompose(
      file,
      `service ${name} extends ${base}, which does not exist or extends it in turn`,
    );
  }
  const inherited = extended(services, base, [...path, name], file);
  const { volumes, configs, secrets } = inherited;
  return {
    ...inherited,
    ...own,
    volumes: [...(volumes ?? []), ...(own.volumes ?? [])],
    configs: [...(configs ?? []), ...(own.configs ?? [])],
    secrets: [...(secrets ?? []), ...(own.secrets ?? [])],
  };
}

function absoluteService({ build, volumes, ...rest }: ComposeService, folder: string) {
  return {
    ...rest,
    ...(build ? { build: { ...build, context: absolute(build.context ?? '.', folder) } } : {}),
    volumes: (volumes ?? []).map((volume) => absoluteVolume(volume, folder)),
  };
}

function absoluteVolume(volume: ComposeVolume, folder: string): ComposeVolume {
  const { type, source } = volume;
  return type === 'bind' && source !== undefined
    ? { ...volume, source: absolute(source, folder) }
    : volume;
}

/** Makes the folders absolute that named volumes are bound to. */
function absoluteFolders(volumes: ComposeProject['volumes'], folder: string) {
  return Object.fromEntries(
    Object.entries(volumes ?? {}).map(([name, volume]) => {
      const device = boundFolder(volume);
      if (device === undefined) return [name, volume];
      const driver_opts = { ...volume?.driver_opts, device: absolute(device, folder) };
      return [name, { ...volume, driver_opts }];
    }),
  );
}

function absoluteFiles(named: ComposeProject['configs'], folder: string) {
  return Object.fromEntries(
    Object.entries(named ?? {}).map(([name, definition]) => [
      name,
      definition?.file
        ? { file: absolute(definition.file, folder) }
        : { environment: definition?.environment },
    ]),
  );
}

function absolute(path: string, folder: string): string {
  return /^~(?:\/|$)/.test(path) ? join(homeFolder(), path.slice(1)) : resolve(folder, path);
}

function needsPlugin(file: string, feature: string): BundleError {
  return new BundleError('compose-plugin-missing', {
    operation: 'resolving the Compose project of',
    subject: file,
    expected: `the compose plugin, for ${feature}`,
    found: 'neither `docker compose` nor `docker-compose` version 2 on this machine',
    hint: 'Install the compose plugin, or export from a single standalone Compose file.',
  });
}
