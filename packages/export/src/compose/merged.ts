import { stringify } from 'yaml';
import { z } from 'zod';
import type { EnvFileUse } from './env-files.ts';
import { insideProject } from './mounts.ts';

const mergedSchema = z.looseObject({
  name: z.string().optional(),
  services: z.record(
    z.string(),
    z.looseObject({ environment: z.unknown().optional(), env_file: z.unknown().optional() }),
  ),
});

/**
 * One Compose file for a project of several: the resolved one with its variables left in and its paths relative.
 * Values that came from env files are taken out again and the files named instead.
 */
export function mergedCompose(
  resolved: unknown,
  projectDir: string,
  envFiles: readonly EnvFileUse[],
  envNames: (file: string) => ReadonlySet<string>,
): string {
  const { services, ...rest } = mergedSchema.parse(resolved);
  const portable = Object.entries(services).map(([name, { environment, ...service }]) => {
    // The plugin named the files itself, so `environment` has nothing of theirs.
    if (service.env_file !== undefined) return [name, { ...service, environment }];
    const files = [
      ...new Set(envFiles.filter((use) => use.service === name).map(({ file }) => file)),
    ];
    const names = new Set(files.flatMap((file) => [...envNames(file)]));
    const kept = withoutNames(environment, names);
    return [
      name,
      {
        ...service,
        ...(kept === undefined ? {} : { environment: kept }),
        ...(files.length === 0 ? {} : { env_file: files }),
      },
    ];
  });
  const document = relativePaths({ ...rest, services: Object.fromEntries(portable) }, projectDir);
  return `# Made by \`bundle export\` from several Compose files.\n${stringify(document, { aliasDuplicateObjects: false })}`;
}

function withoutNames(environment: unknown, names: ReadonlySet<string>): unknown {
  if (typeof environment !== 'object' || environment === null) return undefined;
  const kept = Object.entries(environment).filter(([name]) => !names.has(name));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** Absolute paths of the project folder become relative to it. */
function relativePaths(value: unknown, projectDir: string): unknown {
  if (typeof value === 'string') {
    if (value === projectDir) return '.';
    const inside = value.startsWith('/') ? insideProject(projectDir, value) : undefined;
    return inside === undefined ? value : `./${inside}`;
  }
  if (Array.isArray(value)) return value.map((item) => relativePaths(item, projectDir));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, relativePaths(item, projectDir)]),
  );
}
