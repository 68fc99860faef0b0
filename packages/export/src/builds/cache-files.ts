import type { EngineInfo } from '@bundle/engine';
import {
  BundleError,
  type Digest,
  defined,
  digestOf,
  type ImageIndex,
  layoutBlobPath,
  mediaTypes,
  ociLayoutText,
  paths,
} from '@bundle/format';
import { type Recipe, type Recipes, recipesVersion } from '@bundle/recipe';
import type { HeadFile } from '@bundle/store';
import { scriptFile, textFile } from '../bundle/text-file.ts';
import type { PackedImage } from '../images/packed-image.ts';
import type { PaperWriter } from '../papers/papers.ts';
import type { CapturedBuild, PackedBuild } from './capture.ts';
import { uncoveredSteps } from './coverage.ts';
import type { PortableBuild } from './portable-cache.ts';
import { rebuildScript } from './rebuild-script.ts';

export interface CacheFilesOptions {
  readonly release: { readonly product: string; readonly version: string };
  /** `linux/amd64` */
  readonly platform: string;
  /** The engine that built the stages. */
  readonly engine: Pick<EngineInfo, 'version' | 'store'>;
  /** Project folder in the source archive, if there is one. */
  readonly project?: string | undefined;
  /** Writes a paper in the language or languages of the bundle. */
  readonly write: PaperWriter;
}

/**
 * Creates the files of `build-cache/`: recipes, human-readable instructions, a script, and an OCI image layout with the
 * manifests and configs of cache and base images, but no layers. An engine with the containerd store takes the metadata
 * from there and the layers from its own content.
 */
export function buildCacheFiles(
  builds: readonly PortableBuild[],
  images: readonly PackedImage[],
  { release, platform, engine, project, write }: CacheFilesOptions,
): HeadFile[] {
  const packed = new Map(images.map(({ planned, assembled }) => [planned.reference, assembled]));
  const blobs = new Map<Digest, Buffer>();
  const manifests: ImageIndex['manifests'][number][] = [];
  const used = new Set([
    ...builds.flatMap(({ stages }) => stages.map(({ image }) => image.planned.reference)),
    ...builds.flatMap(({ bases }) => bases.map(({ image }) => image)),
  ]);
  for (const reference of used) {
    const image = packed.get(reference);
    if (image === undefined) continue;
    const { topDigest, topMediaType, manifestDigest, imageId, documents } = image;
    for (const digest of [topDigest, manifestDigest, imageId]) {
      const bytes = documents.get(digest);
      if (bytes !== undefined) blobs.set(digest, bytes);
    }
    manifests.push({
      mediaType: topMediaType,
      digest: topDigest,
      size: blobs.get(topDigest)?.length ?? 0,
      annotations: { 'org.opencontainers.image.ref.name': reference },
    });
  }
  const recipes = builds.map((one): Recipe => {
    const { build, stages, steps, bases, portable } = one;
    return {
      ...plainSettings(build.plan),
      dockerfileDigest: digestOf(build.text),
      platform,
      stages: stages.map((stage) => ({
        name: stage.name,
        image: stage.image.planned.reference,
        manifest: stage.image.assembled.manifestDigest,
      })),
      bases: bases.flatMap((base) => {
        const image = packed.get(base.image);
        return image === undefined ? [] : [{ ...base, manifest: image.topDigest }];
      }),
      files: [...build.files],
      contextFiles: mutable(build.contextFiles),
      steps: [...steps],
      portable,
    };
  });
  const layout = paths.buildCacheLayout;
  const document: Recipes = {
    schemaVersion: recipesVersion,
    engine: engine.version,
    ...(engine.store === 'oci-layout' ? {} : { store: engine.store }),
    recipes,
    ...(project === undefined ? {} : { source: { project } }),
  };
  const index = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests };
  return [
    textFile(
      paths.quickRebuild,
      write(({ quickRebuild }) => quickRebuild(release, recipes)),
    ),
    textFile(
      paths.rebuildReadme,
      write(({ rebuildReadme }) => rebuildReadme(release, recipes, engine.version)),
    ),
    scriptFile(paths.rebuildScript, rebuildScript(release, recipes)),
    textFile(paths.recipes, `${JSON.stringify(document, null, 1)}\n`),
    textFile(`${layout}/oci-layout`, ociLayoutText),
    textFile(`${layout}/index.json`, JSON.stringify(index)),
    ...[...blobs].map(([digest, bytes]) => ({
      path: `${layout}/${layoutBlobPath(digest)}`,
      bytes,
      executable: false,
    })),
  ];
}

/**
 * Fails with `rebuild-unavailable` if the cache of a stage is known to lack a step: offline, that step would run again.
 */
export function checkCoverage(builds: readonly PackedBuild[]): void {
  for (const { build, stages } of builds) {
    for (const { name, image, baseLayers } of stages) {
      const config: unknown = JSON.parse(image.assembled.config.toString('utf8'));
      const [step] = uncoveredSteps(config, baseLayers) ?? [];
      if (step === undefined) continue;
      throw new BundleError('rebuild-unavailable', {
        operation: 'checking the capture of',
        subject: `${build.plan.services.join(', ')}, stage ${name}`,
        expected: 'cache metadata for every step',
        found: `none for: ${step}`,
        hint: 'Run `docker builder prune`, build again and export again; or pack without rebuilds: --no-rebuild.',
      });
    }
  }
}

function plainSettings({
  services,
  image,
  context,
  dockerfile,
  target,
  ...plan
}: CapturedBuild['build']['plan']) {
  const { buildArgs, labels, buildContexts, network, extraHosts, shmSize, ulimits } = plan;
  return {
    services: [...services],
    image,
    context,
    dockerfile,
    buildArgs: { ...buildArgs },
    labels: { ...labels },
    buildContexts: { ...buildContexts },
    extraHosts: [...extraHosts],
    ...defined({ target, network, shmSize }),
    ulimits: [...ulimits],
  };
}

function mutable<T>(record: Readonly<Record<string, readonly T[]>>): Record<string, T[]> {
  return Object.fromEntries(Object.entries(record).map(([key, values]) => [key, [...values]]));
}
