import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  envValues,
  interpolate,
  type Lookup,
  mapStrings,
  parseResolved,
  type ResolvedProject,
} from '@bundle/compose';
import { type ComposeRequest, mayEnd } from '@bundle/engine';
import { readTextIfThere } from '@bundle/files';
import { BundleError, digestOf, hexOf, reasonOf } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { z } from 'zod';

/** A service as Compose would start it. */
export interface MemoryService {
  readonly hash: string;
  readonly replicas: number;
  readonly startFirst: boolean;
  readonly mayEnd: boolean | undefined;
  readonly restartPolicy: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Names of volumes, by mount point. */
  readonly volumes: Readonly<Record<string, string>>;
}

export interface MemoryProject {
  readonly folder: string;
  readonly resolved: ResolvedProject;
  readonly services: ReadonlyMap<string, MemoryService>;
  /** Labels of each volume, by its name on the engine. */
  readonly volumes: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

const fileSchema = z.looseObject({
  services: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  volumes: z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).default({}),
});
type ComposeFile = z.output<typeof fileSchema>;

/** The fields of a resolved service that do not depend on this reader. */
const lifeSchema = z.looseObject({
  restart: z.string().default('no'),
  ports: z.array(z.unknown()).optional(),
  depends_on: z.record(z.string(), z.looseObject({ condition: z.string() })).optional(),
  deploy: z
    .looseObject({
      replicas: z.number().default(1),
      update_config: z.looseObject({ order: z.string().optional() }).optional(),
    })
    .prefault({}),
});

/** Reads and merges the files of a project. Fails with `compose-invalid`. */
export async function readProject({
  files,
  projectName = '',
}: ComposeRequest): Promise<MemoryProject> {
  const folder = dirname(files[0] ?? '');
  try {
    const dotEnv = (await readTextIfThere(join(folder, '.env'))) ?? '';
    const settings = envValues(dotEnv, () => undefined);
    const lookup: Lookup = (name) => settings.get(name);
    const written = await Promise.all(files.map(readComposeFile));
    const merged = mapStrings(written.reduce(merge), (text) => interpolate(text, lookup));
    const { services, volumes } = fileSchema.parse(merged);
    const parsed = parseResolved({ ...fileSchema.parse(merged), name: projectName }, files.join());
    const resolved = await withPaths(parsed, folder, projectName, lookup);
    const lives = z.record(z.string(), lifeSchema).parse(services);
    return {
      folder,
      resolved,
      services: new Map(
        Object.entries(resolved.services).map(([name, service]): [string, MemoryService] => {
          const { restart, deploy } = lifeSchema.parse(services[name]);
          const named = (service.volumes ?? []).filter(({ type }) => type === 'volume');
          const plan = {
            replicas: deploy.replicas,
            startFirst: deploy.update_config?.order === 'start-first',
            mayEnd: mayEnd(lives, name),
            restartPolicy: restart,
            image: service.image ?? '',
            command: service.command ?? [],
            environment: Object.fromEntries(
              Object.entries(service.environment ?? {}).map(([key, value]) => [key, value ?? '']),
            ),
            volumes: Object.fromEntries(
              named.map(({ target, source = '' }) => [target, `${projectName}_${source}`]),
            ),
          };
          return [name, { hash: hexOf(digestOf(JSON.stringify([service, restart]))), ...plan }];
        }),
      ),
      volumes: new Map(
        Object.entries(volumes).map(([name, volume]) => {
          const labels = z.record(z.string(), z.string()).parse(volume?.['labels'] ?? {});
          return [`${projectName}_${name}`, labels];
        }),
      ),
    };
  } catch (error) {
    const words = { operation: 'reading the Compose project', subject: files.join(', ') };
    throw new BundleError('compose-invalid', { ...words, found: reasonOf(error), cause: error });
  }
}

async function readComposeFile(file: string): Promise<ComposeFile> {
  return fileSchema.parse(parseYamlDocument(await readFile(file, 'utf8'), file).value);
}

/**
 * Merges two files: mounts are combined, with a later one replacing an earlier one at the same place; for everything
 * else the later file wins.
 */
function merge(base: ComposeFile, over: ComposeFile): ComposeFile {
  const services = Object.entries(over.services).map(([name, service]) => {
    const lists = [base.services[name]?.['volumes'], service['volumes']];
    const volumes = lists.flatMap((list) => z.array(z.unknown()).parse(list ?? []));
    return [name, { ...base.services[name], ...service, volumes }];
  });
  return {
    services: { ...base.services, ...Object.fromEntries(services) },
    volumes: { ...base.volumes, ...over.volumes },
  };
}

async function withPaths(
  project: ResolvedProject,
  folder: string,
  name: string,
  lookup: Lookup,
): Promise<ResolvedProject> {
  const services = await Promise.all(
    Object.entries(project.services).map(async ([key, service]) => {
      const { env_file, environment, volumes, ...rest } = service;
      const mounts = (volumes ?? []).map((mount) =>
        mount.type === 'bind' ? { ...mount, source: resolve(folder, mount.source ?? '') } : mount,
      );
      const texts = await Promise.all(
        (env_file ?? []).map(({ path }) => readFile(resolve(folder, path), 'utf8')),
      );
      const values = Object.assign(
        {},
        ...texts.map((text) => Object.fromEntries(envValues(text, lookup))),
        environment,
      );
      const last = new Map(mounts.map((mount) => [mount.target, mount]));
      return { [key]: { ...rest, environment: values, volumes: [...last.values()] } };
    }),
  );
  const volumes = Object.keys(project.volumes ?? {}).map((key) => [
    key,
    { name: `${name}_${key}` },
  ]);
  return {
    ...project,
    services: Object.assign({}, ...services),
    volumes: Object.fromEntries(volumes),
  };
}
