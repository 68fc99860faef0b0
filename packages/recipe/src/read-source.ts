import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ioError } from '@bundle/files';
import { BundleError, systemErrorCode } from '@bundle/format';
import { readContext } from './context.ts';
import { type Dockerfile, neededStages, parseDockerfile, type Stage } from './dockerfile.ts';
import type { ContextEntry } from './schema.ts';

/** Location of the source of a build; paths are relative to the folder of the project. */
export interface SourcePlace {
  readonly services: readonly string[];
  readonly context: string;
  /** Path relative to the context, or the text itself. */
  readonly dockerfile: { readonly path: string } | { readonly text: string };
  readonly target?: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly buildContexts: Readonly<Record<string, string>>;
}

/** The current source of a build on disk. */
export interface Source {
  /** Absolute path. */
  readonly context: string;
  readonly text: string;
  readonly dockerfile: Dockerfile;
  /** The stages that the target needs, in build order. */
  readonly stages: readonly Stage[];
  readonly files: readonly ContextEntry[];
  readonly contextFiles: Readonly<Record<string, readonly ContextEntry[]>>;
}

/**
 * Reads Dockerfile and contexts. Fails with `rebuild-unavailable` where they are missing, or where the build could
 * not be repeated without a network.
 */
export async function readSource(
  place: SourcePlace,
  projectDir: string,
  platform: string,
): Promise<Source> {
  const context = resolve(projectDir, place.context);
  const file = 'path' in place.dockerfile ? join(context, place.dockerfile.path) : undefined;
  const text =
    'text' in place.dockerfile ? place.dockerfile.text : await readText(file ?? '', place);
  const dockerfile = parseDockerfile(text, {
    file: file ?? 'dockerfile_inline',
    buildArgs: place.buildArgs,
    platform,
    buildContexts: Object.keys(place.buildContexts),
  });
  const { syntax } = dockerfile;
  if (syntax !== undefined && !isOwnFrontend(syntax.reference)) {
    throw unavailable(
      place,
      `line ${syntax.line} requests the frontend ${syntax.reference}, which would have to come from a registry`,
      'Build with the engine’s own frontend: remove the "# syntax=" line.',
    );
  }
  const folders = Object.entries(place.buildContexts).filter(([, value]) => !value.includes('://'));
  return {
    context,
    text,
    dockerfile,
    stages: neededStages(dockerfile, place.target, file ?? 'dockerfile_inline'),
    files: await readContext(context, {
      dockerfile: 'path' in place.dockerfile ? place.dockerfile.path : undefined,
    }),
    contextFiles: Object.fromEntries(
      await Promise.all(
        folders.map(async ([name, folder]) => [
          name,
          await readContext(resolve(projectDir, folder), {}),
        ]),
      ),
    ),
  };
}

/** `docker/dockerfile` is a newer version of the frontend built into each engine, so nothing has to be fetched. */
function isOwnFrontend(reference: string): boolean {
  return /^(?:docker\.io\/)?docker\/dockerfile(?::|@|$)/.test(reference);
}

async function readText(file: string, place: SourcePlace): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT' && systemErrorCode(error) !== 'ENOTDIR')
      throw ioError(error, 'reading', file, 'input-unreadable');
    throw unavailable(
      place,
      `${file} does not exist`,
      'Name the folder of the project (that of its Compose file) with --source, or fix the Compose file.',
    );
  }
}

function unavailable({ services }: SourcePlace, found: string, hint: string): BundleError {
  return new BundleError('rebuild-unavailable', {
    operation: 'reading the source of',
    subject: services.join(', '),
    expected: 'a build that can be repeated without a network',
    found,
    hint,
  });
}
