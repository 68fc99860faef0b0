import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { unzstd } from '@bundle/archive';
import { ioError, isThere, partialPath, removeStalePartials, writeAll } from '@bundle/files';
import {
  BundleError,
  type CarriedPlugin,
  limits,
  packedPlugins,
  reasonOf,
  systemErrorCode,
  unpackedPlugins,
} from '@bundle/format';
import { fileBytes } from '@bundle/store';
import { checkKept } from './kept-file.ts';
import { pluginCarriers, readPluginDigests, writePluginDigests } from './plugin-digests.ts';

/**
 * Finds a plugin of docker carried by the kit or the releases of a state folder, unpacking it on first use; undefined where
 * none carries it. It is compared with its digest each time, since it runs as whoever starts it. Fails with
 * `digest-mismatch`, `manifest-invalid`, `state-unwritable` or `no-space`.
 */
export async function carriedPlugin(
  stateDir: string,
  plugin: CarriedPlugin,
): Promise<string | undefined> {
  const carriers = await pluginCarriers(stateDir);
  for (const { folder } of carriers) {
    const program = await unpackedBefore(folder, plugin);
    if (program !== undefined) return program;
  }
  for (const { folder, packedDigest } of carriers) {
    if (!(await isThere(join(folder, packedPlugins[plugin])))) continue;
    const packed = await packedDigest(plugin);
    if (packed !== undefined) return unpack(folder, plugin, packed);
  }
  return undefined;
}

/** Returns the program that an earlier run unpacked; undefined where the disk no longer has it as it was. */
async function unpackedBefore(folder: string, plugin: CarriedPlugin): Promise<string | undefined> {
  const program = join(folder, unpackedPlugins[plugin]);
  if (!(await isThere(program))) return undefined;
  const digests = await readPluginDigests(folder, plugin);
  try {
    return (await fileBytes(program)).sha256 === digests?.program ? program : undefined;
  } catch (error) {
    throw ioError(error, operation, program, 'input-unreadable');
  }
}

const operation = 'unpacking the docker plugin of a release';

/** Writes beside the target, then renames: another run may be unpacking the same file. */
async function unpack(folder: string, plugin: CarriedPlugin, sha256: string): Promise<string> {
  const path = packedPlugins[plugin];
  await checkKept({ folder }, { path, sha256 });
  const packed = join(folder, path);
  const program = join(folder, unpackedPlugins[plugin]);
  const partial = await partialPath(`${program}.${randomUUID()}`);
  try {
    await removeStalePartials(dirname(program), (name) => name.startsWith(`${basename(program)}.`));
    const handle = await open(partial, 'w', 0o755);
    const hash = createHash('sha256');
    try {
      let size = 0;
      for await (const chunk of unzstd(createReadStream(packed))) {
        size += chunk.length;
        if (size > limits.maxPluginBytes)
          throw invalid(packed, `at most ${limits.maxPluginBytes} bytes`, 'more');
        hash.update(chunk);
        await writeAll(handle, chunk);
      }
      await handle.chmod(0o755);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Before the program: one without its digest would be unpacked again by every run.
    await writePluginDigests(folder, plugin, { packed: sha256, program: hash.digest('hex') });
    await rename(partial, program);
    return program;
  } catch (error) {
    await rm(partial, { force: true });
    if (/^Z(STD)?_/.test(systemErrorCode(error) ?? ''))
      throw invalid(packed, 'a program compressed with zstd', reasonOf(error));
    throw ioError(error, operation, packed, 'state-unwritable');
  }
}

function invalid(packed: string, expected: string, found: string): BundleError {
  return new BundleError('manifest-invalid', {
    operation,
    subject: packed,
    expected,
    found,
    hint: 'Do not use this bundle. Install the plugin on this host.',
  });
}
