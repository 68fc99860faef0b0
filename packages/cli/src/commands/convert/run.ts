import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  ioError,
  isAbsence,
  partialPath,
  removeStalePartials,
  syncFolder,
  writeNew,
} from '@bundle/files';
import { BundleError, type BundleImage, type BundleManifest, formatPlatform } from '@bundle/format';
import {
  convertApplication,
  manifestFiles,
  readApplication,
  type Unmapped,
} from '@bundle/kubernetes';
import { openManifest } from '@bundle/verify';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { onePlatform } from '../../shared/one-platform.ts';
import { fileSettings } from '../../shared/settings.ts';
import type { ConvertChoice } from './definition.ts';
import { convertedText, folderText } from './render.ts';

/** Runs `bundle convert kubernetes`. */
export async function runConvert(
  context: Context,
  given: string,
  options: ConvertChoice,
): Promise<Outcome> {
  const { cwd, colours } = context;
  const output = resolve(cwd, options.output);
  await checkFree(output);
  const found = await openManifest(await findBundle(given), findPartsWith(options, context));
  const opened = onePlatform(found, options.platform ?? found.manifest.platform);
  const { manifest } = opened;
  const { serviceType, ingress, namespace, volumeSize, storageClass, profile } = options;
  const conversion = await convertApplication(await readApplication(opened), {
    ...{ serviceType, ingress, namespace, volumeSize, storageClass, profiles: profile },
    imageName: await imageNames(manifest, options.registry),
    values: { ...(await fileSettings(context, options)), ...options.set },
  });
  const files = manifestFiles(conversion, namespace);
  const { product, version } = manifest;
  const unmapped = [...otherPlatforms(found.manifest, manifest), ...conversion.unmapped];
  const report = { product, version, namespace, ...conversion, unmapped };
  await writeFolder(output, new Map([...files, ['README.txt', folderText(report)]]));
  const { objects, secret } = conversion;
  return {
    json: {
      ...{ output, product, version, files: [...files.keys()] },
      objects: objects.map(({ kind, metadata }) => ({ kind, name: metadata?.name })),
      ...(secret === undefined ? {} : { secret }),
      unmapped,
    },
    text: convertedText(report, output, colours),
  };
}

/** Names the platforms whose nodes get no pods: an image by digest is for one platform. */
function otherPlatforms(
  { platform, platforms = [] }: BundleManifest,
  chosen: BundleManifest,
): Unmapped[] {
  const name = formatPlatform(chosen.platform);
  return [platform, ...platforms.map((one) => one.platform)]
    .map(formatPlatform)
    .filter((one) => one !== name)
    .map((one) => ({
      kind: 'not-mapped',
      path: `platforms.${one}`,
      why: `pods go to nodes of ${name} only; --platform ${one} makes manifests for these`,
    }));
}

/** Returns the names of the images in the cluster: those of `bundle push`, or those in the bundle. */
async function imageNames(
  { images }: BundleManifest,
  registry: string | undefined,
): Promise<(image: BundleImage) => string> {
  if (registry === undefined) {
    return ({ reference, manifestDigest }) => `${reference}@${manifestDigest}`;
  }
  const { parseTarget, placeImages } = await import('@bundle/push');
  const target = parseTarget(registry);
  const pushed = placeImages(
    images.filter(({ use }) => use === undefined),
    target,
  );
  const names = new Map(
    pushed.map(({ image, repository, tag }) => [
      image.reference,
      `${target.registry}/${repository}:${tag}@${image.manifestDigest}`,
    ]),
  );
  return ({ reference }) => names.get(reference) ?? reference;
}

async function checkFree(output: string): Promise<void> {
  try {
    if ((await readdir(output)).length === 0) return;
  } catch (error) {
    if (isAbsence(error)) return;
    throw ioError(error, 'writing the manifests to', output, 'output-unwritable');
  }
  throw new BundleError('output-exists', {
    operation: 'writing the manifests to',
    subject: output,
    expected: 'nothing there, or an empty folder',
    found: 'a folder with something in it',
    hint: 'Choose another folder with -o, or remove that one first.',
  });
}

/** Writes the files into a folder beside, which then takes its name: nobody applies half of them. */
async function writeFolder(output: string, files: ReadonlyMap<string, string>): Promise<void> {
  const partial = await partialPath(output);
  try {
    await removeStalePartials(dirname(output), (name) => name === basename(output));
    await mkdir(partial);
    for (const [name, text] of files) {
      await writeNew(join(partial, name), [Buffer.from(text)], 0o644);
    }
    await syncFolder(partial);
    await rename(partial, output);
    await syncFolder(dirname(output));
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw ioError(error, 'writing the manifests to', output, 'output-unwritable');
  }
}
