import { hostPath, insideProject, isAtLeast, type ResolvedDocument } from '@bundle/compose';
import type { SwarmNode } from '@bundle/engine/stacks';
import { sizeOf } from '@bundle/files';
import { BundleError } from '@bundle/format';
import type { Release } from '@bundle/host';

export type FileKind = 'configs' | 'secrets';
/** Sizes in bytes from which on Swarm takes no config or secret. It takes no empty one either. */
export type SwarmLimits = Readonly<Record<FileKind, number>>;

/** The first release of Docker whose managers take larger configs than secrets (swarmkit, controlapi/config.go). */
const largerConfigs = '20.10.15';

/** Returns the limits of a swarm. The manager that leads has the say, and another one may lead next: the oldest counts. */
export function swarmLimits(
  nodes: readonly Pick<SwarmNode, 'isManager' | 'version'>[],
): SwarmLimits {
  const isOld = nodes.some(
    ({ isManager, version }) =>
      isManager && version !== undefined && !isAtLeast(version, largerConfigs),
  );
  return { configs: (isOld ? 500 : 1000) * 1024, secrets: 500 * 1024 };
}

/**
 * Fails with `compose-invalid` for a config or secret of a release that Swarm cannot take. The release may still be in
 * its bundle. A file that nobody knows yet, such as one that a missing setting names, is left to the start.
 */
export async function refuseFiles(
  project: ResolvedDocument,
  release: Pick<Release, 'folder' | 'manifest'>,
  limits: SwarmLimits,
): Promise<void> {
  for (const kind of ['configs', 'secrets'] as const) {
    for (const [key, definition] of usedFiles(project, kind)) {
      const file = fileOf(key, definition);
      if (file === undefined) continue;
      const size = await sizeIn(release, file);
      if (size !== undefined) refuseSize({ key, file, size }, limits[kind]);
    }
  }
}

/** Lists the names of the services' configs or secrets, and how the project defines each. */
export function usedFiles({ services, ...files }: ResolvedDocument, kind: FileKind) {
  const used = new Set(Object.values(services).flatMap((service) => usesOf(service[kind])));
  return Object.entries(files[kind]).filter(([key]) => used.has(key));
}

function usesOf(uses: unknown): unknown[] {
  if (!Array.isArray(uses)) return [];
  return uses.map((use: unknown) =>
    typeof use === 'object' && use !== null && 'source' in use ? use.source : use,
  );
}

/** Returns the size of a file on this host, else in the bundle; undefined where there is none. */
async function sizeIn(
  { folder, manifest }: Pick<Release, 'folder' | 'manifest'>,
  file: string,
): Promise<number | undefined> {
  const path = hostPath(file, folder);
  const inside = insideProject(folder, path);
  return (await sizeOf(path)) ?? manifest.files.find((one) => one.path === inside)?.size;
}

/** Returns the file of a config or secret; undefined for one outside of the stack. Fails with `compose-invalid`. */
export function fileOf(
  key: string,
  { file, external }: ResolvedDocument['configs'][string],
): string | undefined {
  if (external === true) return undefined;
  if (typeof file === 'string') return file;
  throw new BundleError('compose-invalid', {
    operation: 'making a stack of',
    subject: key,
    expected: 'configs and secrets with a file',
    found: 'one with its content in the Compose file or the environment',
    hint: 'Put its content into a file beside the Compose file, and name it with `file:`.',
  });
}

/** Fails with `compose-invalid` for a file of a size that Swarm does not take. */
export function refuseSize(
  { key, file, size }: { readonly key: string; readonly file: string; readonly size: number },
  limit: number,
): void {
  if (size > 0 && size < limit) return;
  throw new BundleError('compose-invalid', {
    operation: 'making a stack of',
    subject: key,
    expected: `a file of 1 to ${limit - 1} bytes`,
    found: `${size} bytes in ${file}`,
    hint: 'Swarm takes no others as configs and secrets. Split the file, or put it into the image.',
  });
}
