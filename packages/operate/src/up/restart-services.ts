import { checkCarriedFiles } from '@bundle/compose';
import type { Engine } from '@bundle/engine';
import { BundleError, type OnProgress } from '@bundle/format';
import {
  carriedFiles,
  isSameImage,
  localName,
  pinImages,
  type Release,
  requestFor,
} from '@bundle/host';
import { askConsent, resolvedPermissions } from './consent.ts';
import { imageOfService, type LocalImage, localImages } from './local-images.ts';
import { writeOverride } from './override.ts';
import { showLogs } from './show-logs.ts';
import { refreshNginx } from './side-by-side.ts';
import type { Tools } from './types.ts';
import { waitHealthy } from './wait.ts';

/** One that ends at once is seen to. */
const settleMs = 1_000;

export interface StartServicesOptions {
  readonly timeoutMs: number;
  /** What to do when they do not get healthy. */
  readonly hint: string;
  readonly onLine: (line: string) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** What is under the name of a service's image now gets a lasting name, as the release's own or in place of it. */
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
 * Starts these services of a release again, with the images that their names have now, and waits until they are healthy; the others go
 * on as they are. Fails with `consent-missing` where nothing of it runs yet and it asks for what nobody allowed, and with
 * `start-failed`, and then leaves what was started.
 */
export async function startServices(
  tools: Tools,
  release: Release,
  services: readonly string[],
  { timeoutMs, hint, onLine, onProgress, signal }: StartServicesOptions,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const project = release.instance.name;
  const before = await tools.runtime.containers(project);
  const local = new Map(localImages(release.manifest, before));
  for (const service of services) await takeNamed(tools.engine, release, service, local);
  checkCarriedFiles(await carriedFiles(release));
  const asked = await resolvedPermissions(release, await writeOverride(tools, release, local));
  // What runs already was allowed, or started by somebody who knew it.
  if (before.length === 0) await askConsent(release, asked, async () => false);
  await tools.compose.up(requestFor(release), services, onLine, signal);
  await refreshNginx(tools.runtime, project, before);
  const wait = { project, services, deadline, settleMs, onProgress, signal };
  const unhealthy = await waitHealthy(tools.runtime, wait);
  if (unhealthy.length === 0) return;
  await showLogs(tools, project, unhealthy, onLine, signal);
  throw new BundleError('start-failed', {
    operation: 'starting',
    subject: services.join(', '),
    expected: `healthy services within ${timeoutMs / 1000} s`,
    found: unhealthy.map(({ service, why }) => `${service}: ${why}`).join('\n'),
    hint,
  });
}
