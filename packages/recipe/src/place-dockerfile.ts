import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';
import { buildableText, type Dockerfile } from './dockerfile.ts';

/**
 * Places a Dockerfile where BuildKit can read it: at its own path, or in a temporary copy if it is inside the
 * Compose file, has unnamed stages, or requests a frontend from a registry. The engine’s own frontend then builds
 * it, both at capture and at replay. `change` may rewrite the text further; it keeps the order of the lines.
 */
export async function placeDockerfile(
  context: string,
  place: { readonly path: string } | { readonly text: string },
  text: string,
  dockerfile: Dockerfile,
  change: (text: string) => string = (same) => same,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const buildable = change(buildableText(text, dockerfile));
  if ('path' in place && buildable === text)
    return { path: join(context, place.path), remove: async () => undefined };
  const folder = await makeTemporaryFolder('bundle-dockerfile-');
  const path = join(folder, 'Dockerfile');
  await writeFile(path, buildable);
  if ('path' in place) {
    const ignoreFile = join(context, `${place.path}.dockerignore`);
    await copyFile(ignoreFile, `${path}.dockerignore`).catch((error: unknown) => {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    });
  }
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
