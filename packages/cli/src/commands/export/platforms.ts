import { commonPlatforms, type Engine, openSource, ownPlatform } from '@bundle/engine';
import type { ApplicationPlan, PlatformSource } from '@bundle/export';
import { BundleError, defined, formatPlatform, type Platform } from '@bundle/format';
import type { Context } from '../../outcome.ts';
import { usageError } from '../../usage.ts';
import type { ExportChoice } from './definition.ts';

/** Returns the platform to open the source with: the only one or the first one; undefined for the default. */
export function firstPlatform(platform: ExportChoice['platform']): Platform | undefined {
  return platform === undefined || platform === 'all' ? undefined : platform[0];
}

/** Tells whether a bundle may be for several platforms. */
export function isForSeveral(platform: ExportChoice['platform']): boolean {
  return platform === 'all' || (platform ?? []).length > 1;
}

/** Refuses several platforms where there can be only one. */
export function checkPlatforms(
  platform: ExportChoice['platform'],
  { from, since, for: inventories = [] }: ExportChoice,
): void {
  if (platform === undefined || !isForSeveral(platform)) return;
  const given = platform === 'all' ? platform : platform.map(formatPlatform).join(',');
  const refuse = (expected: string, hint: string): never => {
    throw usageError('--platform', expected, given, hint);
  };
  if (from === undefined)
    refuse(
      'one platform, since an engine gives the images of one',
      'For several platforms, take the images from their registries with --from registry.',
    );
  if (from?.startsWith('docker-archive:'))
    refuse(
      'one platform, since an archive of docker save has the images of one',
      'For several platforms, use --from registry or --from oci:DIR.',
    );
  if (since !== undefined || inventories.length > 0)
    refuse(
      'one platform for an incremental bundle',
      'Make one incremental bundle for each platform, or leave out --since and --for.',
    );
}

/**
 * Opens the source of the images once for each platform; the first one is that of bundle.json. `all` are the platforms
 * that every image has. Fails with `platform-mismatch` if there is none.
 */
export async function openPlatforms(
  platform: readonly Platform[] | 'all',
  plan: Pick<ApplicationPlan, 'images'>,
  { from = '', plainHttp }: ExportChoice,
  { env, signal }: Pick<Context, 'env' | 'signal'>,
): Promise<PlatformSource[]> {
  const open = (one: Platform): Promise<Engine> =>
    openSource({ from, platform: one, ...defined({ plainHttp }), env, signal });
  const wanted =
    platform === 'all' ? await everywhere(await open(ownPlatform), plan, signal) : platform;
  return Promise.all(wanted.map(async (one) => ({ platform: one, source: await open(one) })));
}

async function everywhere(
  source: Engine,
  { images }: Pick<ApplicationPlan, 'images'>,
  signal: AbortSignal,
): Promise<readonly Platform[]> {
  const { platformsOf } = source;
  if (platformsOf === undefined) return [ownPlatform];
  const found = await Promise.all(images.map((image) => platformsOf(image.source, signal)));
  const common = commonPlatforms(found, ownPlatform);
  if (common.length > 0) return common;
  throw new BundleError('platform-mismatch', {
    operation: 'choosing the platforms of',
    subject: images.map(({ source }) => source).join(', '),
    expected: 'a platform that all images are for',
    found: found.map((one) => one.map(formatPlatform).join(', ')).join('; '),
    hint: 'Choose images that have a platform in common.',
  });
}
