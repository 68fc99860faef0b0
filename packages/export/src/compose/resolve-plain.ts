import { basename, dirname } from 'node:path';
import { BundleError, reasonOf } from '@bundle/format';
import { z } from 'zod';
import { type ComposeDocument, invalid, local, rawCompose } from './documents.ts';
import { type ComposeProject, projectSchema } from './project.ts';
import { interpolate } from './variables.ts';

const text = z.coerce.string();
const plainSchema = z.looseObject({
  name: text.optional(),
  services: z.record(
    z.string(),
    z.looseObject({
      image: text.optional(),
      build: z.union([z.string(), z.looseObject({ context: z.string().optional() })]).optional(),
      volumes: z.array(z.union([z.string(), z.looseObject({ type: z.string() })])).optional(),
      configs: z.array(z.union([z.string(), z.looseObject({})])).optional(),
      secrets: z.array(z.union([z.string(), z.looseObject({})])).optional(),
    }),
  ),
});

/**
 * Resolves a single Compose file where the compose plugin is not installed: interpolation and short forms.
 * What needs merging is refused.
 */
export function resolvePlain(
  documents: readonly ComposeDocument[],
  lookup: (name: string) => string | undefined,
): ComposeProject {
  const [document, ...more] = documents;
  if (document === undefined) throw new Error('a project has at least one Compose file');
  const extended = Object.values(rawCompose(document).services ?? {}).some((s) => s?.extends);
  if (more.length > 0 || extended) throw needsPlugin(document.file);
  const parsed = plainSchema.safeParse(interpolateAll(document, lookup));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(document.file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const services = Object.entries(parsed.data.services).map(([name, service]) => [
    name,
    {
      ...service,
      ...(typeof service.build === 'string'
        ? { build: { context: local(document.file, service.build) } }
        : service.build === undefined
          ? {}
          : {
              build: {
                ...service.build,
                context: local(document.file, service.build.context ?? '.'),
              },
            }),
      volumes: (service.volumes ?? []).map((volume) => longVolume(volume, document.file)),
      configs: (service.configs ?? []).map(longUse),
      secrets: (service.secrets ?? []).map(longUse),
    },
  ]);
  return projectSchema.parse({
    ...parsed.data,
    name: parsed.data.name ?? defaultName(document.file),
    services: Object.fromEntries(services),
    configs: absoluteFiles(parsed.data['configs'], document.file),
    secrets: absoluteFiles(parsed.data['secrets'], document.file),
  });
}

function interpolateAll(
  { value, file }: ComposeDocument,
  lookup: (name: string) => string | undefined,
): unknown {
  const walk = (node: unknown): unknown => {
    if (typeof node === 'string') return interpolate(node, lookup);
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item)]));
  };
  try {
    return walk(value);
  } catch (error) {
    throw invalid(file, reasonOf(error));
  }
}

/** `SOURCE:TARGET[:MODE]` (Compose specification, volumes short syntax). */
function longVolume(volume: string | Record<string, unknown>, file: string): object {
  if (typeof volume !== 'string') {
    const source = volume['source'];
    return volume['type'] === 'bind' && typeof source === 'string'
      ? { ...volume, source: local(file, source) }
      : volume;
  }
  const [source = '', target, mode = ''] = volume.split(':');
  if (target === undefined) return { type: 'volume', target: source };
  const isPath = /^[./~]/.test(source);
  return {
    type: isPath ? 'bind' : 'volume',
    source: isPath ? local(file, source) : source,
    target,
    read_only: mode.split(',').includes('ro'),
  };
}

function longUse(use: string | Record<string, unknown>): object {
  return typeof use === 'string' ? { source: use } : use;
}

function absoluteFiles(definitions: unknown, file: string): object {
  const parsed = z
    .record(z.string(), z.looseObject({ file: z.string().optional() }).nullable())
    .safeParse(definitions);
  const entries = Object.entries(parsed.data ?? {}).map(([name, definition]) => [
    name,
    {
      ...definition,
      ...(definition?.file === undefined ? {} : { file: local(file, definition.file) }),
    },
  ]);
  return Object.fromEntries(entries);
}

/** The folder's name as Compose makes a project name of it. */
function defaultName(file: string): string {
  return basename(dirname(file))
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

function needsPlugin(file: string): BundleError {
  return new BundleError('compose-plugin-missing', {
    operation: 'resolving the Compose project of',
    subject: file,
    expected: 'the compose plugin, since the project includes, extends or merges',
    found: 'no `docker compose` on this machine',
    hint: 'Install the compose plugin, or export from one Compose file that stands alone.',
  });
}
