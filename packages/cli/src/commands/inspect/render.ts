import {
  type BundleManifest,
  digestOfBlobPath,
  formatPlatform,
  needsFilling,
  orderOf,
} from '@bundle/format';
import type { InspectReport } from '@bundle/verify';
import { signersText } from '../../shared/render/signers.ts';
import { leftOutText, tableText } from '../../shared/render/table.ts';
import {
  bytesText,
  count,
  incrementalText,
  layerSizes,
  shortDigest,
  sizesText,
  zonedTime,
} from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';

export function inspectText(bundle: string, report: InspectReport, colours: Colours): string {
  const { manifest, digest } = report;
  const { product, version, created, platform, envFiles, leftOut } = manifest;
  const { channel, sequence } = orderOf(manifest);
  const left = incrementalText(manifest);
  const sections = [
    `${colours.bold(`${product} ${version}`)} for ${visible(formatPlatform(platform))}, made ${zonedTime(created)}\n` +
      `${visible(bundle)}: ${count(manifest.images.length, 'image')}, ${sizesText(manifest)}\n` +
      `${digest}\nchannel ${channel}, sequence ${sequence}\n${signersText(report.signatures)}`,
    ...(left === undefined ? [] : [left]),
    section('Where the bytes are', partsTable(report, colours), colours),
    section('Images', imagesTable(report, colours), colours),
    section('Layers', layersTable(report, colours), colours),
    ...deltasSection(manifest, colours),
    section('Files', filesTable(manifest, colours), colours),
  ];
  const toFill = envFiles.filter(needsFilling);
  if (toFill.length > 0) {
    const rows = toFill.map(({ path, example, toFill: names = [] }) => [
      `${path}, from ${example}`,
      visible(names.join(', ')),
    ]);
    sections.push(
      section('To fill in before the start', tableText(['FILE', 'NAMES'], rows, colours), colours),
    );
  }
  const notPacked = leftOutText(leftOut, colours);
  if (notPacked !== undefined) sections.push(section('Not packed', notPacked, colours));
  return sections.join('\n\n');
}

const partNames = {
  application: 'application',
  rebuilds: 'rebuilds',
  programs: 'programs',
  files: 'other files',
};
const barLength = 30;

function partsTable({ parts }: InspectReport, colours: Colours): string {
  const largest = Math.max(...parts.map(({ bytes }) => bytes));
  const rows = parts.map(({ name, bytes }) => [
    partNames[name],
    bytesText(bytes),
    '█'.repeat(Math.round((bytes / largest) * barLength)),
  ]);
  return tableText(['PART', 'SIZE', ''], rows, colours, [1]);
}

function section(title: string, body: string, colours: Colours): string {
  return `${colours.bold(title)}\n${body}`;
}

function imagesTable({ images, manifest }: InspectReport, colours: Colours): string {
  const details = new Map(manifest.images.map((image) => [image.reference, image]));
  const rows = images.map(({ reference, storedBytes, ownBytes, layers }) => {
    const image = details.get(reference);
    return [
      visible(reference),
      visible(image?.services.join(', ') || '-'),
      image === undefined ? '-' : shortDigest(image.imageId),
      String(layers.length),
      bytesText(storedBytes),
      bytesText(ownBytes),
    ];
  });
  const head = ['IMAGE', 'SERVICES', 'IMAGE ID', 'LAYERS', 'SIZE', 'NOT SHARED'];
  return tableText(head, rows, colours, [3, 4, 5]);
}

function layersTable({ images }: InspectReport, colours: Colours): string {
  const rows = images.flatMap(({ reference, layers }) =>
    layers.map(({ digest, size, unpackedSize, sharedWith }) => [
      visible(reference),
      shortDigest(digest),
      bytesText(size),
      unpackedSize === undefined ? '-' : bytesText(unpackedSize),
      visible(sharedWith.join(', ')) || '-',
    ]),
  );
  return tableText(['IMAGE', 'LAYER', 'SIZE', 'UNPACKED', 'SHARED WITH'], rows, colours, [2, 3]);
}

/** Lists what is carried as a delta, of what, and what that saves. */
function deltasSection(manifest: BundleManifest, colours: Colours): string[] {
  const { deltas = [] } = manifest;
  if (deltas.length === 0) return [];
  const sizes = layerSizes(manifest);
  const rows = deltas.map(({ digest, size, from }) => [
    shortDigest(digest),
    bytesText(size),
    bytesText((sizes.get(digest) ?? 0) - size),
    from.map(({ diffId }) => shortDigest(diffId)).join(', '),
  ]);
  const head = ['LAYER', 'DELTA', 'SAVES', 'MADE FROM (DIFF IDS)'];
  return [section('Deltas', tableText(head, rows, colours, [1, 2]), colours)];
}

/** Counts all blobs in one row: they are the layers above and a few small documents. */
function filesTable({ files }: BundleManifest, colours: Colours): string {
  const blobs = files.filter(({ path }) => digestOfBlobPath(path) !== undefined);
  const rows = files
    .filter(({ path }) => digestOfBlobPath(path) === undefined)
    .map(({ path, size }) => [path, bytesText(size)]);
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  return tableText(
    ['FILE', 'SIZE'],
    [...rows, [`and ${count(blobs.length, 'blob')}`, bytesText(total)]],
    colours,
    [1],
  );
}
