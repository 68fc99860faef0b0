import { dirname } from 'node:path';
import {
  findComposeFiles,
  nameOfFolder,
  readDocuments,
  readSettings,
  suggestedName,
} from '@bundle/compose';
import { BundleError, type Environment, productName } from '@bundle/format';
import { z } from 'zod';

const outlineSchema = z.looseObject({
  name: z.string().optional().catch(undefined),
  services: z
    .record(
      z.string(),
      z.looseObject({
        build: z.unknown().optional(),
        profiles: z.array(z.string()).optional().catch(undefined),
      }),
    )
    .optional()
    .catch(undefined),
});

/** What the Compose files of an application say at first sight, as written, without Compose. */
export interface Outline {
  /** Absolute paths in the order of merging. */
  readonly composeFiles: readonly string[];
  /** Undefined where neither a file nor a folder has a usable name. */
  readonly name: string | undefined;
  readonly services: readonly string[];
  /** Services with `build:`. */
  readonly built: readonly string[];
  readonly profiles: readonly string[];
}

/**
 * Reads the outline of an application, for questions about it. `composeFiles`: absolute paths; none: those that
 * `docker compose` finds in `folder`. Fails with `compose-not-found` or `compose-invalid`.
 */
export async function readOutline(
  composeFiles: readonly string[],
  folder: string,
  env: Environment,
): Promise<Outline> {
  const files = composeFiles.length > 0 ? composeFiles : await findComposeFiles(folder, env);
  const project = dirname(files[0] ?? folder);
  const { lookup } = await readSettings(project, env);
  const documents = await readDocuments(files, lookup);
  const outlines = documents.map(({ value }) => outlineSchema.safeParse(value).data ?? {});
  const services = outlines.flatMap((one) => Object.entries(one.services ?? {}));
  if (services.length === 0) throw noServices(files);
  const written = outlines.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const names = [...written, (await suggestedName(project)) ?? '', nameOfFolder(project)];
  return {
    composeFiles: files,
    name: names.find((name) => productName.safeParse(name).success),
    services: unique(services.map(([name]) => name)),
    built: unique(services.flatMap(([name, { build }]) => (build === undefined ? [] : [name]))),
    profiles: unique(services.flatMap(([, { profiles = [] }]) => profiles)),
  };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function noServices(files: readonly string[]): BundleError {
  return new BundleError('compose-invalid', {
    operation: 'reading',
    subject: files.join(', '),
    expected: 'a Compose file with services',
    found: 'none',
    hint: 'Name the Compose file of the application.',
  });
}
