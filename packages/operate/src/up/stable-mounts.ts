import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type BindOptions, mountsOf, type ResolvedProject } from '@bundle/compose';
import { ioError, isThere, makeFolder } from '@bundle/files';
import { defined, systemErrorCode } from '@bundle/format';
import { isMadeByStart, placeOfMount, placesOf, privateFolder, type Release } from '@bundle/host';
import { writePrivate } from '../settings/settings-files.ts';

/** A mount whose source path is the same in every release. */
export interface StableMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Whether the engine creates an empty folder if the source does not exist. */
  readonly created: boolean;
  /** The others of its options; Compose drops those that an override does not repeat. */
  readonly bindOptions?: BindOptions;
}

export interface StableMounts {
  readonly services: ReadonlyMap<string, readonly StableMount[]>;
  /** Folders by the name of the volume that is bound to them. */
  readonly volumes: ReadonlyMap<string, string>;
}

/**
 * Returns the mounts of each service with stable source paths. Compose recreates a container when the path of a mount
 * changes, and each release has its own folder. So mounted files of a release are copied to `FILES/DIGEST/NAME`, and
 * mounts that the host keeps for all releases are mounted from there: an upgrade does not touch a service whose image
 * and files stay the same. Folders of a release are mounted directly.
 */
export async function stableMounts(
  release: Pick<Release, 'instance' | 'folder' | 'manifest'>,
  project: ResolvedProject,
): Promise<StableMounts> {
  const { files } = placesOf(release.instance);
  const found = new Map<string, StableMount[]>();
  const volumes = new Map<string, string>();
  for (const mount of mountsOf(project)) {
    if (mount.kind !== 'bind') continue;
    const { service, source, target, readOnly, volume, bindOptions } = mount;
    const { kind, path } = placeOfMount(release, source);
    if (volume !== undefined) {
      if (kind === 'kept') volumes.set(volume, path);
      continue;
    }
    const stable =
      kind === 'kept' ? path : kind === 'packed' ? await copyOf(source, files) : undefined;
    if (stable === undefined) continue;
    const created = kind === 'kept' && isMadeByStart(release, mount);
    const one = { source: stable, target, readOnly, created, ...defined({ bindOptions }) };
    found.set(service, [...(found.get(service) ?? []), one]);
  }
  return { services: found, volumes };
}

/** Copies a regular file; undefined for anything else. */
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
