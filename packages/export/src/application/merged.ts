import { resolve, sep } from 'node:path';
import type { ResolvedProject } from '@bundle/compose';
import {
  invalidCompose,
  type Lookup,
  type Mount,
  mapStrings,
  mountsOf,
  tryInterpolate,
} from '@bundle/compose';
import { reasonOf } from '@bundle/format';
import { stringify } from 'yaml';
import { z } from 'zod';

const volumeSchema = z.looseObject({
  type: z.string(),
  source: z.string().optional(),
  target: z.string(),
});
const mergedSchema = z.looseObject({
  services: z.record(z.string(), z.looseObject({ volumes: z.array(volumeSchema).nullish() })),
});
export type MergedCompose = z.output<typeof mergedSchema>;

/**
 * Turns several Compose files into the single one in a bundle. `merged` is the plugin's merge, with variables left in;
 * `project` is the same with their values, to check that the plugin understood each mount.
 */
export function portableCompose(
  merged: unknown,
  project: ResolvedProject,
  projectDir: string,
  lookup: Lookup,
): MergedCompose {
  const relative = mapStrings(merged, (text) => withoutFolder(text, projectDir));
  const parsed = mergedSchema.safeParse(relative);
  if (!parsed.success) throw invalidCompose('the merged Compose files', reasonOf(parsed.error));
  const { services, ...rest } = parsed.data;
  const known = mountsOf(project);
  const portable = Object.entries(services).map(([name, { volumes, ...service }]) => {
    const ofService = known.filter(({ service }) => service === name);
    const mended = volumes?.map((volume) =>
      mendVolume(volume, name, ofService, projectDir, lookup),
    );
    return [name, mended === undefined ? service : { ...service, volumes: mended }];
  });
  return mergedSchema.parse({ ...rest, services: Object.fromEntries(portable) });
}

export function composeText(compose: MergedCompose): string {
  const head =
    '# Made by `bundle export`: several Compose files in one, with their variables left in.\n';
  // YAML 1.1 quotes `yes` and `12:30`, which Go's YAML would not read as strings.
  return `${head}${stringify(compose, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/**
 * Corrects a mount with a variable. The plugin mistakes a short mount whose source begins with a variable for a volume;
 * this is corrected here. Releases up to 2.29 also cut it at the `:` of `${NAME:-default}`, and what they cut is lost.
 */
function mendVolume(
  volume: z.output<typeof volumeSchema>,
  service: string,
  known: readonly Mount[],
  projectDir: string,
  lookup: Lookup,
): z.output<typeof volumeSchema> {
  const { source = '', target } = volume;
  if (!`${source}${target}`.includes('$')) return volume;
  const mount = known.find((mount) => mount.target === tryInterpolate(target, lookup));
  const value = tryInterpolate(source, lookup) ?? '';
  const isBind = mount?.kind === 'bind' && resolve(projectDir, value) === mount.source;
  if (!isBind && !(mount?.kind === 'volume' && value === mount.source)) {
    throw invalidCompose(
      `service ${service}`,
      `a mount with a variable in it that the merged file cannot keep (${source}:${target}): write it in the long form (type, source, target), relative to the first Compose file`,
    );
  }
  if (!isBind || volume.type === 'bind') return volume;
  const { volume: _options, ...bind } = volume;
  return { ...bind, type: 'bind', bind: { create_host_path: true } };
}

/** Replaces this machine's project folder at the start of a path with `.`. */
function withoutFolder(text: string, projectDir: string): string {
  if (text === projectDir) return '.';
  return text.startsWith(projectDir + sep) ? `.${text.slice(projectDir.length)}` : text;
}
