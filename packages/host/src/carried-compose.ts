import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unzstd } from '@bundle/archive';
import { ioError, isThere, writeAll } from '@bundle/files';
import { BundleError, limits, paths, unpackedComposePlugin } from '@bundle/format';
import { releaseFolders } from './instance.ts';

/**
 * Finds the Compose program carried by the releases of a state folder, unpacking it on first use; undefined where no release
 * carries one. Fails with `state-unwritable` or `no-space`.
 */
export async function carriedCompose(stateDir: string): Promise<string | undefined> {
  const folders = await releaseFolders(stateDir);
  for (const folder of folders) {
    const program = join(folder, unpackedComposePlugin);
    if (await isThere(program)) return program;
  }
  for (const folder of folders) {
    const packed = join(folder, paths.composePlugin);
    if (await isThere(packed)) return unpack(packed, join(folder, unpackedComposePlugin));
  }
  return undefined;
}

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
        if (size > limits.maxComposePluginBytes) throw tooLarge(packed);
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
    throw ioError(error, 'unpacking the Compose program of a release', packed, 'state-unwritable');
  }
}

function tooLarge(packed: string): BundleError {
  return new BundleError('manifest-invalid', {
    operation: 'unpacking the Compose program of a release',
    subject: packed,
    expected: `at most ${limits.maxComposePluginBytes} bytes`,
    found: 'more',
    hint: 'Do not use this bundle. Install the Compose plugin of this host.',
  });
}
