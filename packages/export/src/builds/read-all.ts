import type { BuildTool, EngineInfo } from '@bundle/engine';
import { BundleError, formatPlatform, type Platform, reasonOf, runsOn } from '@bundle/format';
import type { PlannedBuild, PlannedImage } from '../application/application.ts';
import { type ReadBuild, readBuild } from './read-build.ts';

/** Services that cannot be rebuilt without a network, with the reason. */
export interface NotCaptured {
  readonly services: readonly string[];
  readonly reason: string;
}

/** Reads every build that can be captured. The others are reported, and their images are packed anyway. */
export async function readBuilds(
  builds: readonly PlannedBuild[],
  tool: BuildTool | undefined,
  info: EngineInfo,
  platform: Platform,
): Promise<{ builds: ReadBuild[]; notCaptured: NotCaptured[] }> {
  if (builds.length === 0) return { builds: [], notCaptured: [] };
  const services = builds.flatMap((build) => build.services);
  const obstacle = await obstacleOf(tool, info, platform);
  if (obstacle !== undefined) return { builds: [], notCaptured: [{ services, reason: obstacle }] };
  const read: ReadBuild[] = [];
  const notCaptured: NotCaptured[] = [];
  for (const build of builds) {
    try {
      read.push(await readBuild(build, formatPlatform(platform)));
    } catch (error) {
      if (!(error instanceof BundleError) || error.code !== 'rebuild-unavailable') throw error;
      notCaptured.push({
        services: build.services,
        reason: error.details.found ?? reasonOf(error),
      });
    }
  }
  return { builds: read, notCaptured };
}

/** Returns the reason why this engine cannot capture any build. */
async function obstacleOf(
  tool: BuildTool | undefined,
  info: EngineInfo,
  platform: Platform,
): Promise<string | undefined> {
  if (tool === undefined) return 'rebuilds were turned off';
  if (!info.runsContainers) return `${info.description} cannot build`;
  if (!runsOn(platform, info.platform))
    return `the engine builds for ${formatPlatform(info.platform)}`;
  return (await tool.version()) === undefined ? 'docker has no buildx plugin here' : undefined;
}

/** Returns the images that builds need besides those of the application, each once. */
export function baseImagesOf(
  builds: readonly ReadBuild[],
  application: readonly PlannedImage[],
): PlannedImage[] {
  const known = new Set(application.map(({ reference }) => reference));
  const bases = builds.flatMap((build) => build.bases.map(({ image }) => image));
  return [
    ...new Map(
      bases.flatMap((image) => (known.has(image.reference) ? [] : [[image.reference, image]])),
    ).values(),
  ].sort((a, b) => (a.reference < b.reference ? -1 : 1));
}
