import { resolve } from 'node:path';
import { isThere } from '@bundle/files';
import { BundleError, type BundleImage, type BundleManifest } from '@bundle/format';
import {
  bundlePackages,
  cycloneDxDocument,
  type DescribedImage,
  type SbomSource,
  spdx3Document,
  spdxDocument,
} from '@bundle/sbom';
import { openManifest } from '@bundle/verify';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { packageCache } from '../../shared/package-cache.ts';
import { noColours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';
import { writeWhole } from '../../shared/write-whole.ts';
import { version as toolVersion } from '../../version.ts';
import type { SbomChoice, sbomFormats } from './definition.ts';
import { problemsText, sbomText } from './render.ts';

/** Runs `bundle sbom`: lists the packages of images, as a table or as a document. */
export async function runSbom(
  context: Context,
  given: string,
  options: SbomChoice,
): Promise<Outcome> {
  const { cwd, colours, onProgress, signal } = context;
  const bundle = await findBundle(given);
  const output = options.output === undefined ? undefined : resolve(cwd, options.output);
  if (output !== undefined && !options.force && (await isThere(output))) throw isTaken(output);
  // All layers are needed, in no particular order.
  const { askFor, ...find } = findPartsWith(options, context);
  const opened = await openManifest(bundle, find);
  const { manifest } = opened;
  const wanted = chosenImages(manifest, options.image);
  const images = await bundlePackages(opened, wanted, packageCache(context), {
    onProgress,
    signal,
  });
  const { product, version, created } = manifest;
  const tool = { name: 'offline-bundle', version: toolVersion };
  const document = documentOf(formatOf(options), { product, version, created, images, tool });
  const text =
    document === undefined
      ? sbomText(images, output === undefined ? colours : noColours)
      : JSON.stringify(document, null, 2);
  const words = problemsText(images);
  const json = document ?? plainDocument({ product, version, created, images, tool });
  const outcome = { json, text, ...(words === undefined ? {} : { words }) };
  if (output === undefined) return outcome;
  await writeWhole('the list of packages', output, `${text}\n`);
  return {
    ...outcome,
    json: { output, bundle, packages: countOf(images) },
    text: t`${colours.green(t`Wrote`)} ${visible(output)}: ${countOf(images)} packages`,
  };
}

function chosenImages(
  { images }: BundleManifest,
  name: string | undefined,
): readonly BundleImage[] {
  const application = images.filter(({ use }) => use !== 'build-cache');
  if (name === undefined) return application.filter(({ use }) => use === undefined);
  const found = application.filter(
    ({ reference, services }) => reference === name || services.includes(name),
  );
  if (found.length > 0) return found;
  throw new BundleError('image-not-found', {
    operation: 'looking for the image',
    subject: name,
    expected: application.map(({ reference }) => reference).join(', '),
    found: 'no image of that name',
    hint: 'Name an image or a service of the bundle.',
  });
}

/** Decides the form: a document for a program is not a table, in a file as on stdout. */
function formatOf({ format, json, output }: SbomChoice): (typeof sbomFormats)[number] {
  return format ?? (json || output?.toLowerCase().endsWith('.json') ? 'json' : 'table');
}

function documentOf(format: (typeof sbomFormats)[number], source: SbomSource): object | undefined {
  if (format === 'cyclonedx') return cycloneDxDocument(source);
  if (format === 'spdx') return spdxDocument(source);
  if (format === 'spdx3') return spdx3Document(source);
  return format === 'json' ? plainDocument(source) : undefined;
}

function plainDocument({ product, version, created, images }: SbomSource): object {
  return { product, version, created, images };
}

function countOf(images: readonly DescribedImage[]): number {
  return images.reduce((sum, { packages }) => sum + packages.length, 0);
}

function isTaken(output: string): BundleError {
  return new BundleError('output-exists', {
    operation: 'writing the list of packages to',
    subject: output,
    expected: 'nothing there',
    found: 'a file or folder',
    hint: 'Choose another path with -o, or replace it with --force.',
  });
}
