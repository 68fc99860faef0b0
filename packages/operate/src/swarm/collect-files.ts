import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import {
  isEngineSocket,
  isHostOwn,
  type MountedFile,
  type MountedFiles,
  mountsOf,
  parseResolved,
  type ResolvedDocument,
} from '@bundle/compose';
import { ioError } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';
import { placeOfMount, type Release } from '@bundle/host';
import { type FileKind, fileOf, refuseSize, type SwarmLimits } from './refuse-files.ts';

/** A container with hundreds of configs starts slowly. */
const maxFolderFiles = 64;
/** Length of the name of a config or secret (Docker Engine API, ConfigSpec). */
const maxNameLength = 64;

type NamedFile = Pick<MountedFile, 'name' | 'file'>;

export interface CollectedFiles {
  readonly mounted: Omit<MountedFiles, 'node'>;
  readonly configs: ReadonlyMap<string, NamedFile>;
  readonly secrets: ReadonlyMap<string, NamedFile>;
}

/**
 * Finds the files of a release that the nodes need, each with a name that holds a digest of its content. Fails with
 * `compose-invalid` for a config or secret that Swarm cannot take.
 */
export async function collectFiles(
  release: Release,
  project: ResolvedDocument,
  limits: SwarmLimits,
): Promise<CollectedFiles> {
  const { name: stack } = release.instance;
  const files = new Map<string, MountedFile[]>();
  const here = new Set<string>();
  for (const { kind, source } of mountsOf(parseResolved(project, release.folder))) {
    if (kind !== 'bind' || isHostOwn(source) || isEngineSocket(source)) continue;
    const place = placeOfMount(release, source);
    if (place.kind === 'host') continue;
    const found =
      place.kind === 'packed' ? await filesAt(stack, source, limits.configs) : undefined;
    if (found === undefined) here.add(source);
    else files.set(source, found);
  }
  return {
    mounted: { files, here },
    configs: await namedFiles(stack, project, 'configs', limits),
    secrets: await namedFiles(stack, project, 'secrets', limits),
  };
}

/** Returns a file, or the files of a small folder; undefined for anything that configs cannot hold. */
async function filesAt(
  stack: string,
  source: string,
  limit: number,
): Promise<MountedFile[] | undefined> {
  const isMountable = (size: number): boolean => size > 0 && size < limit;
  try {
    const top = await stat(source);
    if (top.isFile())
      return isMountable(top.size) ? [await mountedFile(stack, source, '')] : undefined;
    const names = await readdir(source, { recursive: true, withFileTypes: true });
    const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    const others = names.some((one) => !one.isFile() && !one.isDirectory());
    if (files.length === 0 || files.length > maxFolderFiles || others) return undefined;
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    if (!sizes.every(isMountable)) return undefined;
    return Promise.all(files.map((file) => mountedFile(stack, file, relative(source, file))));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', source, 'input-unreadable');
  }
}

async function mountedFile(stack: string, file: string, path: string): Promise<MountedFile> {
  const { mode } = await stat(file);
  return { ...(await named(stack, file)), mode: mode & 0o777, path };
}

async function named(stack: string, file: string): Promise<NamedFile> {
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 12);
  const plain = basename(file).replaceAll(/[^A-Za-z0-9_.-]/g, '_');
  const name = `${stack}_${plain}`.slice(0, maxNameLength - digest.length - 1);
  return { name: `${name}_${digest}`, file };
}

async function namedFiles(
  stack: string,
  project: ResolvedDocument,
  kind: FileKind,
  limits: SwarmLimits,
): Promise<Map<string, NamedFile>> {
  const found = new Map<string, NamedFile>();
  for (const [key, definition] of Object.entries(project[kind])) {
    const file = fileOf(key, definition);
    if (file === undefined) continue;
    try {
      const { size } = await stat(file);
      refuseSize({ key, file, size }, limits[kind]);
      found.set(key, await named(stack, file));
    } catch (error) {
      throw ioError(error, 'reading', file, 'input-unreadable');
    }
  }
  return found;
}
