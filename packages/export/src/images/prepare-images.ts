import type { Engine, EngineBesideRegistries, EngineImage } from '@bundle/engine';
import {
  BundleError,
  formatPlatform,
  type OnProgress,
  type Platform,
  type PullPolicy,
  runsOn,
} from '@bundle/format';
import type { PlannedImage } from '../application/application.ts';
import type { PresentImage } from './packed-image.ts';
import { checkServicePlatforms, ownPlatform } from './service-platform.ts';

export type ImageState = 'present' | 'to pull' | 'to build' | 'missing';

/** Returns what has to happen before an image can be saved. */
export function imageState(
  image: PlannedImage,
  present: boolean,
  { pull, rebuild }: Pick<PrepareOptions, 'pull' | 'rebuild'>,
): ImageState {
  if (image.built) {
    if (rebuild) return 'to build';
    return present ? 'present' : pull === 'never' ? 'missing' : 'to build';
  }
  if (pull === 'always') return 'to pull';
  return present ? 'present' : pull === 'never' ? 'missing' : 'to pull';
}

export interface PrepareOptions {
  readonly pull: PullPolicy;
  readonly platform: Platform | undefined;
  /** Also build services that already have an image. */
  readonly rebuild: boolean;
  /** Builds services; absent if there is no build tool. */
  readonly build?: ((services: readonly string[]) => Promise<void>) | undefined;
  /** Takes an image from its registry without the engine; absent: the engine pulls it. */
  readonly take?: EngineBesideRegistries['take'] | undefined;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/**
 * Pulls and builds missing images, and returns every image found on the engine. Fails with `image-not-found` and
 * `platform-mismatch`.
 */
export async function prepareImages(
  engine: Engine,
  images: readonly PlannedImage[],
  options: PrepareOptions,
): Promise<PresentImage[]> {
  const toBuild = new Set<string>();
  const inspect = (): Promise<(EngineImage | undefined)[]> =>
    Promise.all(images.map(({ source }) => engine.inspectImage(source)));
  let inspected = await inspect();
  let isChanged = false;
  for (const [index, image] of images.entries()) {
    const state = imageState(image, inspected[index] !== undefined, options);
    if (state === 'missing') throw notThere(image, 'none on the engine, and pulling is off');
    isChanged ||= state !== 'present';
    if (state === 'to pull') await pull(engine, image, inspected[index] === undefined, options);
    if (state === 'to build') for (const service of image.services) toBuild.add(service);
  }
  if (toBuild.size > 0 && options.build !== undefined) await options.build([...toBuild].sort());
  if (isChanged) inspected = await inspect();
  return images.map((planned, index) => {
    const image = present(planned, inspected[index]);
    checkPlatform(planned, image.onEngine, options.platform);
    checkServicePlatforms(planned, image.onEngine);
    return image;
  });
}

/** Finds an image on the engine; fails with `image-not-found`. */
export async function findImage(engine: Engine, planned: PlannedImage): Promise<PresentImage> {
  return present(planned, await engine.inspectImage(planned.source));
}

function present(planned: PlannedImage, onEngine: EngineImage | undefined): PresentImage {
  if (onEngine === undefined) throw notThere(planned, 'none on the engine');
  return { planned, onEngine };
}

/**
 * Fails with `image-changed` if a name has moved to another image since `prepareImages`, because of a build or pull in
 * the meantime.
 */
export async function checkUnchanged(
  engine: Engine,
  images: readonly PresentImage[],
): Promise<void> {
  const checks = images.map(async ({ planned: { source }, onEngine: { id } }) => {
    const now = await engine.inspectImage(source);
    if (now?.id === id) return;
    throw new BundleError('image-changed', {
      operation: 'exporting the image',
      subject: source,
      expected: id,
      found: now?.id ?? 'no image of that name any more',
      hint: 'It was built, pulled or removed in the meantime. Wait until that is done, then run the command again.',
    });
  });
  await Promise.all(checks);
}

async function pull(
  engine: Engine,
  image: PlannedImage,
  isMissing: boolean,
  options: PrepareOptions,
): Promise<void> {
  const { source, use } = image;
  const { take, onProgress, signal } = options;
  const platform = options.platform ?? ownPlatform(image);
  const phase = 'pulling images';
  let refusal: unknown;
  if (take !== undefined && use === undefined && isMissing) {
    onProgress({ phase: 'looking images up in their registries', doneBytes: 0, detail: source });
    try {
      return await take(source, platform, signal);
    } catch (error) {
      // The engine may reach the registry where this command does not: through a mirror, a proxy, or other certificates.
      signal.throwIfAborted();
      refusal = error;
    }
  }
  const onPulled: OnPulled = (progress) => onProgress({ phase, ...progress, detail: source });
  try {
    await engine.pullImage(source, platform, onPulled, signal);
  } catch (error) {
    // The engine asks without the user's credentials, so it knows less of why it was refused.
    if (refusal instanceof BundleError && refusal.code === 'registry-denied') throw refusal;
    if (use === undefined || !(error instanceof BundleError) || error.code === 'interrupted')
      throw error;
    throw new BundleError(error.code, { ...error.details, hint: withoutRebuilds, cause: error });
  }
}

type OnPulled = Parameters<Engine['pullImage']>[2];

const withoutRebuilds =
  'A Dockerfile of the application names this image: pull or build it first. Only rebuilds need it: --no-rebuild leaves it out.';

function checkPlatform(
  image: PlannedImage,
  present: EngineImage,
  wanted: Platform | undefined,
): void {
  if (wanted === undefined || runsOn(present.platform, wanted)) return;
  throw new BundleError('platform-mismatch', {
    operation: 'checking the image',
    subject: image.reference,
    expected: formatPlatform(wanted),
    found: formatPlatform(present.platform),
    hint: image.built
      ? 'Build it for that platform first, then export again.'
      : 'Use --pull always with --platform to get it for that platform.',
  });
}

function notThere(image: PlannedImage, found: string): BundleError {
  return new BundleError('image-not-found', {
    operation: 'looking for the image',
    subject: image.source,
    expected: `the image on the engine${image.services.length > 0 ? `, for ${image.services.join(', ')}` : ''}`,
    found,
    hint:
      image.use !== undefined
        ? withoutRebuilds
        : image.built
          ? 'Build it first: add --build, or run `docker compose build`.'
          : 'Pull it (--pull missing), or fix its name in the Compose file.',
  });
}
