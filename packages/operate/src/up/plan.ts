import { join } from 'node:path';
import type { ComposeNeeds, Permission } from '@bundle/compose';
import type { ProjectContainer, ProjectVolume } from '@bundle/engine';
import { type BundleManifest, paths } from '@bundle/format';
import {
  localName,
  type Pending,
  pinnedName,
  type Release,
  runImages,
  type StagedRelease,
  type WorkOptions,
} from '@bundle/host';
import { keyOf, type SettingsPlan } from '@bundle/host/settings';
import { hashExtents } from '@bundle/store';
import { isCopied } from '../volumes/copied.ts';
import { imageOfService, isImage, type LocalImages, localImages } from './local-images.ts';

/** What a start, an upgrade or a rollback will change, to be shown first. */
export interface UpPlan {
  /** Instance and Compose project. */
  readonly name: string;
  readonly action: Pending['action'];
  /** Release that runs now, if any. */
  readonly from: string | undefined;
  readonly to: string;
  readonly services: readonly ServicePlan[];
  /** Services that do not start, and the profiles that would start them. */
  readonly waiting: ComposeNeeds['waiting'];
  /**
   * Services with a different image than the release's, put in by hand or by a rebuild. `kept`: it still runs
   * afterwards; otherwise it is replaced.
   */
  readonly localImages: readonly {
    readonly service: string;
    readonly imageId: string;
    readonly kept: boolean;
    readonly rebuilt: boolean;
  }[];
  /** Files of the running release that were changed by hand: they stay in its folder and are not carried over. */
  readonly changedFiles: readonly string[];
  readonly settings: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changedDefaults: readonly { name: string; before: string; after: string }[];
    readonly differing: readonly string[];
    readonly files: readonly { path: string; origin: string }[];
    /** Settings that still need a value; empty but for a preview. */
    readonly toFill: readonly string[];
  };
  /** Permissions of the release on this host that nobody has granted yet. */
  readonly permissions: readonly Permission[];
  /** Existing named volumes, whose contents a rollback does not restore. */
  readonly volumes: readonly string[];
  /** Those that are a folder or a disk of the host, or a share of the network: they are never copied either. */
  readonly boundVolumes: readonly string[];
  /** Whether volumes are copied first, while the services are stopped. */
  readonly backup: boolean;
  /** The volume copy to restore, if any. */
  readonly restore: string | undefined;
}

export interface ServicePlan {
  readonly service: string;
  readonly change: 'start' | 'new image' | 'same image' | 'remove' | 'stays at 0';
  readonly image: string;
}

function changeOf(
  isWanted: boolean,
  isAtZero: boolean,
  isThere: boolean,
  isSame: boolean,
): ServicePlan['change'] {
  if (!isWanted) return 'remove';
  if (isAtZero) return isThere ? 'remove' : 'stays at 0';
  if (!isThere) return 'start';
  return isSame ? 'same image' : 'new image';
}

/**
 * Plans the change of each service. `needs.services`: those that Compose starts, or undefined for all. `local`:
 * services with a different image than the release's.
 */
export function servicePlans(
  manifest: BundleManifest,
  containers: readonly ProjectContainer[],
  { services, idle }: Pick<ComposeNeeds, 'services' | 'idle'>,
  local: LocalImages = new Map(),
): ServicePlan[] {
  const starting = services && new Set(services);
  const atZero = new Set(idle);
  const wanted = runImages(manifest).flatMap((image) =>
    image.services.flatMap((service): ServicePlan[] => {
      const own = local.get(service);
      const before = containers.filter((one) => one.service === service);
      const isSame = before.every(({ imageId }) =>
        own === undefined ? isImage(image, imageId) : imageId === own.imageId,
      );
      const isWanted = starting?.has(service) !== false;
      if (!isWanted && before.length === 0) return [];
      const change = changeOf(isWanted, atZero.has(service), before.length > 0, isSame);
      const name = own === undefined ? pinnedName(image) : localName(own.reference, own.imageId);
      return [{ service, change, image: name }];
    }),
  );
  const gone = new Map(containers.map(({ service, image }) => [service, image]));
  for (const { service } of wanted) gone.delete(service);
  return [
    ...wanted.sort((a, b) => (a.service < b.service ? -1 : 1)),
    ...[...gone].map(([service, image]): ServicePlan => ({ service, change: 'remove', image })),
  ];
}

export function upPlan(
  input: Pick<UpPlan, 'name' | 'action' | 'backup' | 'restore' | 'changedFiles' | 'permissions'> & {
    readonly running: Release | undefined;
    readonly target: Release;
    readonly containers: readonly ProjectContainer[];
    readonly volumes: readonly ProjectVolume[];
    readonly settings: SettingsPlan;
    readonly toFill: readonly string[];
    readonly needs: Pick<ComposeNeeds, 'services' | 'waiting' | 'idle'>;
    /** Images that services of the target run instead of its own; `rebuilt`: the services whose image was rebuilt. */
    readonly local: LocalImages;
    readonly rebuilt: ReadonlySet<string>;
  },
): UpPlan {
  const { running, target, containers, volumes, settings, toFill, needs, local, rebuilt, ...rest } =
    input;
  const { added, removed, changedDefaults } = settings.change;
  const before = running === undefined ? [] : localImages(running.manifest, containers);
  const now = [...local].map(([service, image]) => ({
    service,
    imageId: image.imageId,
    kept: true,
    rebuilt: rebuilt.has(service),
  }));
  const replaced = [...before]
    .filter(([service]) => !local.has(service))
    .map(([service, { imageId }]) => ({ service, imageId, kept: false, rebuilt: false }));
  return {
    ...rest,
    from: running?.name,
    to: target.name,
    services: servicePlans(target.manifest, containers, needs, local),
    waiting: needs.waiting,
    localImages: [...now, ...replaced],
    settings: {
      added: added.map(keyOf),
      removed,
      changedDefaults,
      differing: settings.differing,
      files: settings.files.map(({ path, origin }) => ({ path, origin })),
      toFill,
    },
    volumes: volumes.filter(isCopied).map(({ name }) => name),
    boundVolumes: volumes.filter((one) => !isCopied(one)).map(({ name }) => name),
  };
}

/** Returns the release whose images all containers run, for an application that was started without the command. */
export function matchingRelease(
  releases: readonly StagedRelease[],
  current: string | undefined,
  containers: readonly ProjectContainer[],
): StagedRelease | undefined {
  if (containers.length === 0) return undefined;
  const matching = releases.filter(({ manifest }) =>
    containers.every(({ service, imageId }) => {
      const image = imageOfService(manifest, service);
      return image !== undefined && isImage(image, imageId);
    }),
  );
  return matching.find(({ name }) => name === current) ?? matching.at(-1);
}

/** Lists the files of a release that differ from its bundle, except env files, which belong to the operator. */
export async function changedFiles(
  { folder, manifest }: StagedRelease,
  { onProgress, signal }: WorkOptions,
): Promise<string[]> {
  const own = new Set(['.env', ...manifest.envFiles.map(({ path }) => path)]);
  const files = manifest.files.filter(
    ({ path }) => !path.startsWith(`${paths.imagesDir}/`) && !own.has(path),
  );
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  let doneBytes = 0;
  const onBytes = (count: number): void => {
    doneBytes += count;
    onProgress({ phase: 'comparing files', doneBytes, totalBytes });
  };
  // A missing file has no digest, and a longer one a different digest. Files are streamed, because one is the
  // executable.
  const hashes = await hashExtents(
    files.map(({ path, size }) => ({
      name: path,
      extent: { file: join(folder, path), offset: 0, size: size + 1 },
    })),
    { onBytes, signal },
  );
  return files.filter(({ sha256 }, index) => hashes[index]?.sha256 !== sha256).map((f) => f.path);
}
