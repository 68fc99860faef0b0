import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { mountsOf, type ResolvedProject } from '@bundle/compose';
import { ioError, isThere, makeFolder } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';
import { isMadeByStart, placeOfMount, placesOf, privateFolder, type Release } from '@bundle/host';
import { writePrivate } from '../settings/settings-files.ts';

/** A mount that a service gets by a path that is the same in every release. */
export interface StableMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** The engine makes an empty folder where the source is not there. */
  readonly created: boolean;
}

/**
 * Compose recreates a container when the path of a mount changes, and each release has a folder of its own. So files of a
 * release that are mounted are copied to `FILES/DIGEST/NAME`, and what the host keeps for all releases is mounted from there:
 * a service whose image and files stay the same is not touched by an upgrade. Folders of a release are mounted as they are.
 */
export async function stableMounts(
  release: Release,
  project: ResolvedProject,
): Promise<Map<string, StableMount[]>> {
  const { files } = placesOf(release.instance);
  const found = new Map<string, StableMount[]>();
  for (const mount of mountsOf(project)) {
    if (mount.kind !== 'bind') continue;
    const { service, source, target, readOnly } = mount;
    const { kind, path } = placeOfMount(release, source);
    const stable =
      kind === 'kept' ? path : kind === 'packed' ? await copyOf(source, files) : undefined;
    if (stable === undefined) continue;
    const created = kind === 'kept' && isMadeByStart(release, mount);
    const one = { source: stable, target, readOnly, created };
    found.set(service, [...(found.get(service) ?? []), one]);
  }
  return found;
}

/** Undefined for anything but a regular file. */
async function copyOf(file: string, filesFolder: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(file);
    const content = await readFile(file);
    const permissions = mode & 0o777;
    const hash = createHash('sha256').update(`${permissions}\n`).update(content).digest('hex');
    const copy = join(filesFolder, hash.slice(0, 16), basename(file));
    if (await isThere(copy)) return copy;
    await makeFolder(dirname(copy), privateFolder);
    await writePrivate(copy, content, permissions);
    return copy;
  } catch (error) {
    if (['EISDIR', 'ENOENT'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}
