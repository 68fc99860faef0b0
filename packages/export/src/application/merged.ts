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
 * Several Compose files as the one that a bundle holds. `merged` is what the plugin makes of them with variables and
 * relative paths left in; `project` is the same with values, to tell whether the plugin understood each mount.
 */
export function portableCompose(
  merged: unknown,
  project: ResolvedProject,
  projectDir: string,
  lookup: Lookup,
): MergedCompose {
  const relative = mapStrings(merged, (text) => withoutFolder(text, projectDir));
  const parsed = mergedSchema.safeParse(relative);
  if (!parsed.success)
    throw invalidCompose('what docker compose merged of several files', reasonOf(parsed.error));
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
  // As YAML 1.1 quotes: Go's YAML reads a bare `yes` or `12:30` in its own way.
  return `${head}${stringify(compose, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/**
 * The plugin takes a short mount whose source begins with a variable for a volume, and releases up to 2.29 cut it
 * at the `:` of `${NAME:-default}`. The first is corrected here; the second has lost the text of the file.
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

/** Paths that are written with this machine's project folder in them. */
function withoutFolder(text: string, projectDir: string): string {
  if (text === projectDir) return '.';
  return text.startsWith(projectDir + sep) ? `.${text.slice(projectDir.length)}` : text;
}
