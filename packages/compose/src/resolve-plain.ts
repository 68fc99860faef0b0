import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { BundleError, formatDocumentPath, reasonOf } from '@bundle/format';
import { z } from 'zod';
import { type ComposeDocument, invalidCompose } from './documents.ts';
import { type ComposeProject, parseProject } from './project.ts';
import { interpolate, type Lookup, mapStrings } from './template.ts';
import { splitShortVolume } from './written-mounts.ts';

const record = z.record(z.string(), z.unknown());
const text = z.coerce.string();
const serviceSchema = z.looseObject({
  image: text.optional(),
  build: z.union([z.string(), z.looseObject({ context: z.string().optional() })]).nullish(),
  volumes: z.array(z.union([z.string(), record])).nullish(),
  configs: z.array(z.union([z.string(), record])).nullish(),
  secrets: z.array(z.union([z.string(), record])).nullish(),
  profiles: z.array(text).nullish(),
  extends: z.union([z.string(), z.looseObject({ service: z.string() })]).nullish(),
});
type PlainService = z.output<typeof serviceSchema>;
const definitions = z.record(
  z.string(),
  z.looseObject({ file: z.string().nullish(), environment: z.string().nullish() }).nullable(),
);
const plainSchema = z.looseObject({
  name: text.optional(),
  services: z.record(z.string(), serviceSchema),
  configs: definitions.nullish(),
  secrets: definitions.nullish(),
});

/**
 * Resolves a Compose file that stands alone where the compose plugin is not installed: variables, short forms, profiles,
 * and services that extend others of the same file. What needs several files is refused.
 */
export function resolvePlain(
  documents: readonly ComposeDocument[],
  profiles: readonly string[],
  product: string | undefined,
  lookup: Lookup,
): ComposeProject {
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
  const parsed = plainSchema.safeParse(interpolateAll(document, lookup));
  if (!parsed.success) {
    const words = parsed.error.issues.map(
      ({ path, message }) =>
        `line ${document.lineOf(path) ?? '?'}: ${formatDocumentPath(path)}: ${message}`,
    );
    throw invalidCompose(file, words.join('; '));
  }
  const { services, configs, secrets, name } = parsed.data;
  const active = Object.keys(services)
    .map((service) => [service, extended(services, service, [], file)] as const)
    .filter(([, service]) => isActive(service, profiles));
  for (const [service, { image, build }] of active) {
    if (image !== undefined || build) continue;
    const line = document.lineOf(['services', service]) ?? '?';
    throw invalidCompose(file, `line ${line}: service ${service} has neither image nor build`);
  }
  const project = {
    name: product ?? lookup('COMPOSE_PROJECT_NAME') ?? name ?? defaultName(folder),
    services: Object.fromEntries(
      active.map(([service, definition]) => [service, longService(definition, folder)]),
    ),
    configs: absoluteFiles(configs, folder),
    secrets: absoluteFiles(secrets, folder),
  };
  return parseProject(project, file);
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

/** `privileged: ${X:-false}` means the value and not the word. */
function typed(value: string, written: string): unknown {
  if (value === written) return value;
  return value === 'true' ? true : value === 'false' ? false : value;
}

/** A service with what it has from those that it extends; its own keys win, and mounts add up. */
function extended(
  services: Readonly<Record<string, PlainService>>,
  name: string,
  path: readonly string[],
  file: string,
): PlainService {
  const { extends: from, ...own } = services[name] ?? {};
  if (!from) return own;
  const base = typeof from === 'string' ? from : from.service;
  if (services[base] === undefined || path.includes(base) || base === name) {
    throw invalidCompose(file, `service ${name} extends ${base}, which is not there or extends it`);
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

function isActive({ profiles }: PlainService, wanted: readonly string[]): boolean {
  if (!profiles || profiles.length === 0 || wanted.includes('*')) return true;
  return profiles.some((profile) => wanted.includes(profile));
}

function longService({ build, volumes, configs, secrets, ...rest }: PlainService, folder: string) {
  const section = typeof build === 'string' ? { context: build } : build;
  return {
    ...rest,
    ...(section
      ? { build: { ...section, context: absolute(section.context ?? '.', folder) } }
      : {}),
    volumes: (volumes ?? []).map((volume) => longVolume(volume, folder)),
    configs: (configs ?? []).map(longUse),
    secrets: (secrets ?? []).map(longUse),
  };
}

function longVolume(volume: string | z.output<typeof record>, folder: string): object {
  if (typeof volume !== 'string') {
    const source = volume['source'];
    return volume['type'] === 'bind' && typeof source === 'string'
      ? { ...volume, source: absolute(source, folder) }
      : volume;
  }
  const { source, target, mode = '' } = splitShortVolume(volume);
  if (source === undefined) return { type: 'volume', target };
  const readOnly = { target, read_only: mode.split(',').includes('ro') };
  return /^[./~]/.test(source)
    ? {
        type: 'bind',
        source: absolute(source, folder),
        ...readOnly,
        bind: { create_host_path: true },
      }
    : { type: 'volume', source, ...readOnly };
}

function longUse(use: string | z.output<typeof record>): object {
  return typeof use === 'string' ? { source: use } : use;
}

function absoluteFiles(named: z.output<typeof definitions> | null | undefined, folder: string) {
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
  return /^~(?:\/|$)/.test(path) ? join(homedir(), path.slice(1)) : resolve(folder, path);
}

/** The folder's name as Compose makes a project name of it. */
function defaultName(folder: string): string {
  return basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

function needsPlugin(file: string, feature: string): BundleError {
  return new BundleError('compose-plugin-missing', {
    operation: 'resolving the Compose project of',
    subject: file,
    expected: `the compose plugin, for ${feature}`,
    found: 'neither `docker compose` nor `docker-compose` version 2 on this machine',
    hint: 'Install the compose plugin, or export from one Compose file that stands alone.',
  });
}
