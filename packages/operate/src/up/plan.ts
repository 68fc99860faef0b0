import { join } from 'node:path';
import type { ComposeNeeds, Permission } from '@bundle/compose';
import type { ProjectContainer, ProjectVolume } from '@bundle/engine';
import { type BundleManifest, paths } from '@bundle/format';
import {
  localName,
  type Pending,
  pinnedName,
  runImages,
  type StagedRelease,
  type WorkOptions,
} from '@bundle/host';
import { keyOf, type SettingsPlan } from '@bundle/host/settings';
import { hashExtents } from '@bundle/store';
import { imageOfService, isImage, type LocalImages, localImages } from './local-images.ts';

/** What a start, an upgrade or a rollback changes, as it is shown before anything is. */
export interface UpPlan {
  /** Instance and Compose project. */
  readonly name: string;
  readonly action: Pending['action'];
  /** Release that runs now; undefined when none does. */
  readonly from: string | undefined;
  readonly to: string;
  readonly services: readonly ServicePlan[];
  /** Services that do not start, and the profiles that would start them. */
  readonly waiting: ComposeNeeds['waiting'];
  /**
   * Services with an image in place of the release's: put there by hand, or by a rebuild. `kept`: it runs afterwards, too,
   * else it is replaced.
   */
  readonly localImages: readonly {
    readonly service: string;
    readonly imageId: string;
    readonly kept: boolean;
    readonly rebuilt: boolean;
  }[];
  /** Files of the running release that were changed by hand: they stay in its folder, and do not go along. */
  readonly changedFiles: readonly string[];
  readonly settings: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changedDefaults: readonly { name: string; before: string; after: string }[];
    readonly differing: readonly string[];
    readonly files: readonly { path: string; origin: string }[];
  };
  /** What the release is given of the host and nobody has allowed yet. */
  readonly permissions: readonly Permission[];
  /** Named volumes that are there: what the application writes into them does not roll back. */
  readonly volumes: readonly string[];
  /** Whether they are copied first, which stops the services meanwhile. */
  readonly backup: boolean;
  /** The copy that is put back, if any. */
  readonly restore: string | undefined;
}

export interface ServicePlan {
  readonly service: string;
  readonly change: 'start' | 'new image' | 'same image' | 'remove';
  readonly image: string;
}

/**
 * `starting`: what Compose starts, all services where it is not known. `local`: services that run
 * another image than the release's.
 */
export function servicePlans(
  manifest: BundleManifest,
  containers: readonly ProjectContainer[],
  starting: ReadonlySet<string> | undefined,
  local: LocalImages = new Map(),
): ServicePlan[] {
  const wanted = runImages(manifest).flatMap((image) =>
    image.services.flatMap((service): ServicePlan[] => {
      const own = local.get(service);
      const before = containers.filter((one) => one.service === service);
      const isSame = before.every(({ imageId }) =>
        own === undefined ? isImage(image, imageId) : imageId === own.imageId,
      );
      const isWanted = starting?.has(service) !== false;
      if (!isWanted && before.length === 0) return [];
      const change = !isWanted
        ? 'remove'
        : before.length === 0
          ? 'start'
          : isSame
            ? 'same image'
            : 'new image';
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
    readonly running: StagedRelease | undefined;
    readonly target: StagedRelease;
    readonly containers: readonly ProjectContainer[];
    readonly volumes: readonly ProjectVolume[];
    readonly settings: SettingsPlan;
    readonly needs: Pick<ComposeNeeds, 'services' | 'waiting'>;
    /** What services of the target run in place of its images; `rebuilt`: those of them that a rebuild made. */
    readonly local: LocalImages;
    readonly rebuilt: ReadonlySet<string>;
  },
): UpPlan {
  const { running, target, containers, volumes, settings, needs, local, rebuilt, ...rest } = input;
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
    services: servicePlans(
      target.manifest,
      containers,
      needs.services && new Set(needs.services),
      local,
    ),
    waiting: needs.waiting,
    localImages: [...now, ...replaced],
    settings: {
      added: added.map(keyOf),
      removed,
      changedDefaults,
      differing: settings.differing,
      files: settings.files.map(({ path, origin }) => ({ path, origin })),
    },
    volumes: volumes.map(({ name }) => name),
  };
}

/** The release whose images all containers run, for a stack that was started without the command. */
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

/** Files of a release that are not as its bundle had them; env files are the operator's. */
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
  // One that is gone has no digest, one that grew has another; the command itself is among them, so none is held whole.
  const hashes = await hashExtents(
    files.map(({ path, size }) => ({
      name: path,
      extent: { file: join(folder, path), offset: 0, size: size + 1 },
    })),
    { onBytes, signal },
  );
  return files.filter(({ sha256 }, index) => hashes[index]?.sha256 !== sha256).map((f) => f.path);
}
