import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unzstd } from '@bundle/archive';
import { ioError, isThere, writeAll } from '@bundle/files';
import {
  BundleError,
  type CarriedPlugin,
  limits,
  packedPlugins,
  unpackedPlugins,
} from '@bundle/format';
import { programFolders } from './instance.ts';

/**
 * Finds a plugin of docker carried by the kit or the releases of a state folder, unpacking it on first use; undefined where
 * none carries it. Fails with `state-unwritable` or `no-space`.
 */
export async function carriedPlugin(
  stateDir: string,
  plugin: CarriedPlugin,
): Promise<string | undefined> {
  const folders = await programFolders(stateDir);
  const unpacked = unpackedPlugins[plugin];
  for (const folder of folders) {
    const program = join(folder, unpacked);
    if (await isThere(program)) return program;
  }
  for (const folder of folders) {
    const packed = join(folder, packedPlugins[plugin]);
    if (await isThere(packed)) return unpack(packed, join(folder, unpacked));
  }
  return undefined;
}

const operation = 'unpacking the docker plugin of a release';

/** Writes beside the target, then renames: another run may be unpacking the same file. */
async function unpack(packed: string, program: string): Promise<string> {
  const partial = `${program}.${randomUUID()}`;
  try {
    await mkdir(dirname(program), { recursive: true });
    const handle = await open(partial, 'w', 0o755);
    try {
      let size = 0;
      for await (const chunk of unzstd(createReadStream(packed))) {
        size += chunk.length;
        if (size > limits.maxPluginBytes) throw tooLarge(packed);
        await writeAll(handle, chunk);
      }
      await handle.chmod(0o755);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, program);
    return program;
  } catch (error) {
    await rm(partial, { force: true });
    throw ioError(error, operation, packed, 'state-unwritable');
  }
}

function tooLarge(packed: string): BundleError {
  return new BundleError('manifest-invalid', {
    operation,
    subject: packed,
    expected: `at most ${limits.maxPluginBytes} bytes`,
    found: 'more',
    hint: 'Do not use this bundle. Install the plugin on this host.',
  });
}
