import { randomUUID } from 'node:crypto';
import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isThere, writeNew } from '@bundle/files';
import {
  type BundleManifest,
  type CarriedPlugin,
  packedPlugins,
  pluginDigests,
} from '@bundle/format';
import { z } from 'zod';
import { stagedReleases } from './instance.ts';
import { installedKit } from './kit/kit-folder.ts';
import { linked } from './linked.ts';
import { readStaged } from './release.ts';
import { kitPlacesOf, releaseFolder } from './state-folder.ts';
import { readStateJson } from './state-json.ts';

const hex = z.string().regex(/^[0-9a-f]{64}$/);

/** SHA-256 digests of both forms of a plugin, as hexadecimal digits. */
const digestsSchema = z.object({ packed: hex, program: hex.optional() });
export type PluginDigests = z.output<typeof digestsSchema>;

/** Reads what a folder says of a plugin in it; undefined where it says nothing. Fails with `input-unreadable`. */
export function readPluginDigests(
  folder: string,
  plugin: CarriedPlugin,
): Promise<PluginDigests | undefined> {
  return readStateJson(join(folder, pluginDigests[plugin]), digestsSchema, {
    code: 'input-unreadable',
    operation: 'reading the digests of a docker plugin',
    expected: 'a file as the command writes it',
    hint: 'Delete this file and the unpacked program beside it: the next run writes both again.',
  });
}

/** Writes the digests of a plugin beside it; several runs may do so at once. Fails with system errors. */
export async function writePluginDigests(
  folder: string,
  plugin: CarriedPlugin,
  digests: PluginDigests,
): Promise<void> {
  const path = join(folder, pluginDigests[plugin]);
  const next = `${path}.${randomUUID()}`;
  await writeNew(next, [Buffer.from(`${JSON.stringify(digests)}\n`)], 0o644);
  await rename(next, path);
}

/** A folder that plugins may be in. */
export interface PluginCarrier {
  readonly folder: string;
  /** Returns the digest that the packed plugin has to have, as hexadecimal digits; undefined where nothing says it. */
  readonly packedDigest: (plugin: CarriedPlugin) => Promise<string | undefined>;
}

/** Lists the folders that plugins may be in: the kit of this host, then all releases. */
export async function pluginCarriers(stateDir: string): Promise<PluginCarrier[]> {
  const kit: PluginCarrier = {
    folder: kitPlacesOf(stateDir).current,
    packedDigest: async (plugin) => listed((await installedKit(stateDir))?.files, plugin),
  };
  return [kit, ...(await carryingReleases(stateDir))];
}

async function carryingReleases(stateDir: string): Promise<PluginCarrier[]> {
  return (await stagedReleases(stateDir)).map(({ instance, name }) => {
    const folder = releaseFolder(instance, name);
    const packedDigest = async (plugin: CarriedPlugin): Promise<string | undefined> => {
      const { manifest } = await readStaged(instance, name);
      // A release that shares the plugin of another one does not list it.
      return listed(manifest.files, plugin) ?? (await readPluginDigests(folder, plugin))?.packed;
    };
    return { folder, packedDigest };
  });
}

function listed(
  files: Pick<BundleManifest['files'][number], 'path' | 'sha256'>[] | undefined,
  plugin: CarriedPlugin,
): string | undefined {
  return files?.find(({ path }) => path === packedPlugins[plugin])?.sha256;
}

/**
 * Links a plugin into a release that does not carry it from one that does, so that it stays when that one is pruned, and
 * notes its digest there. Copies it where the file system has no links; does nothing if no release has it.
 */
export async function keepPlugin(
  stateDir: string,
  plugin: CarriedPlugin,
  target: string,
): Promise<void> {
  for (const { folder, packedDigest } of await carryingReleases(stateDir)) {
    const file = join(folder, packedPlugins[plugin]);
    const packed = (await isThere(file)) ? await packedDigest(plugin) : undefined;
    if (packed === undefined) continue;
    const place = join(target, packedPlugins[plugin]);
    if (!(await linked(file, place))) await copyFile(file, place);
    await writePluginDigests(target, plugin, { packed });
    return;
  }
}
