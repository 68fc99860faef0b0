import { checkCarriedFiles } from '@bundle/compose';
import type { Engine } from '@bundle/engine';
import { BundleError, type OnProgress } from '@bundle/format';
import {
  carriedFiles,
  isSameImage,
  localName,
  pinImages,
  type Release,
  readInstance,
  requestFor,
} from '@bundle/host';
import { askConsent, resolvedPermissions } from './consent.ts';
import { imageOfService, type LocalImage, localImages } from './local-images.ts';
import { writeOverride } from './override.ts';
import { refreshNginx } from './side-by-side.ts';
import { failureText, startUntilHealthy } from './start-until-healthy.ts';
import { refuseForeign } from './take-over.ts';
import type { Tools } from './types.ts';

/** Long enough to notice a container that exits immediately. */
const settleMs = 1_000;

export interface StartServicesOptions {
  readonly timeoutMs: number;
  /** What to do if they do not become healthy. */
  readonly hint: string;
  readonly onLine: (line: string) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/**
 * Gives a lasting name to the image that a service's image name now refers to, as the release's own image or instead of
 * it.
 */
async function takeNamed(
  engine: Engine,
  { manifest }: Release,
  service: string,
  local: Map<string, LocalImage>,
): Promise<void> {
  const image = imageOfService(manifest, service);
  if (image === undefined) return;
  const { reference } = image;
  const found = await engine.inspectImage(reference);
  if (found === undefined || isSameImage(image, found)) {
    local.delete(service);
    await pinImages(engine, { ...manifest, images: [image] });
    return;
  }
  await engine.tagImage(found.id, localName(reference, found.id));
  local.set(service, { reference, imageId: found.id });
}

/**
 * Checks that services of an instance may be restarted alone. Fails with `project-foreign`, and with `start-failed` if an
 * interrupted run is still to be finished.
 */
export async function checkRestart(
  { runtime }: Pick<Tools, 'runtime'>,
  { instance }: Pick<Release, 'instance'>,
): Promise<void> {
  const state = await readInstance(instance);
  await refuseForeign(state, await runtime.containers(state.name));
  const pending = state.journal?.pending ?? null;
  if (pending === null) return;
  throw new BundleError('start-failed', {
    operation: 'starting services of',
    subject: state.name,
    expected: 'an application without an interrupted run',
    found: `${pending.to}, ${pending.step}`,
    hint: 'Run `bundle up` or `bundle rollback` first: they finish or undo that run.',
  });
}

/**
 * Restarts these services of a release with the images that their names now refer to, and waits until they are healthy;
 * the other services keep running. Fails with `consent-missing` if nothing of the release runs yet and it needs
 * permissions that nobody has granted. Fails as checkRestart does, and with `start-failed`: then it leaves what it has
 * started.
 */
export async function startServices(
  tools: Tools,
  release: Release,
  services: readonly string[],
  { timeoutMs, hint, onLine, onProgress, signal }: StartServicesOptions,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const project = release.instance.name;
  await checkRestart(tools, release);
  const before = await tools.runtime.containers(project);
  const local = new Map(localImages(release.manifest, before));
  for (const service of services) await takeNamed(tools.engine, release, service, local);
  checkCarriedFiles(await carriedFiles(release));
  const asked = await resolvedPermissions(release, await writeOverride(tools, release, local));
  // What already runs was allowed, or was started deliberately.
  if (before.length === 0) await askConsent(release, asked, async () => false);
  const wanted = await tools.compose.services(requestFor(release));
  const failure = await startUntilHealthy(tools, {
    ...{ project, deadline, settleMs, onLine, onProgress, signal },
    services: new Map(
      services.map((service) => [service, wanted.get(service) ?? { mayEnd: undefined }]),
    ),
    begin: async (limited) => {
      const earlier = await tools.runtime.containers(project);
      await tools.compose.up(requestFor(release), services, onLine, limited);
      await refreshNginx(tools.runtime, project, earlier);
    },
  });
  if (failure === undefined) return;
  throw new BundleError('start-failed', {
    operation: 'starting',
    subject: services.join(', '),
    expected: `healthy services within ${timeoutMs / 1000} s`,
    found: failureText(failure),
    hint,
  });
}
