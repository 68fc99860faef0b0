import type { ReportFacts } from './facts.ts';
import { type Html, html } from './html.ts';
import { table } from './table.ts';
import { sizeMap } from './treemap.ts';
import { bytesText, shortDigest } from './words.ts';

export function imagesSection({ images, manifest }: ReportFacts): Html {
  const details = new Map(manifest.images.map((image) => [image.reference, image]));
  const omitted = new Set<string>((manifest.omitted ?? []).map(({ digest }) => digest));
  const deltas = new Map<string, number>();
  for (const { digest, size } of manifest.deltas ?? [])
    deltas.set(digest, (deltas.get(digest) ?? 0) + size);
  const application = new Set(
    manifest.images.filter(({ use }) => use === undefined).map(({ reference }) => reference),
  );
  const rows = images.map(({ reference, storedBytes, ownBytes, layers }) => {
    const image = details.get(reference);
    const purpose = image?.use === undefined ? image?.services.join(', ') : 'for rebuilds';
    return [
      html`<code>${reference}</code>`,
      purpose || '–',
      html`<code>${shortDigest(image?.imageId ?? '')}</code>`,
      layers.length,
      bytesText(storedBytes),
      bytesText(ownBytes),
    ];
  });
  const folded = images.map(({ reference, layers }) => {
    const lines = layers.map(({ digest, size, unpackedSize, sharedWith }) => [
      html`<code>${shortDigest(digest)}</code>`,
      omitted.has(digest) ? 'on the host' : storedText(size, deltas.get(digest)),
      unpackedSize === undefined ? '–' : bytesText(unpackedSize),
      sharedWith.join(', ') || '–',
    ]);
    return html`<details><summary>${reference}: ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}</summary>${table(
      `Layers of ${reference}, from the bottom`,
      [
        { title: 'Layer' },
        { title: 'Stored', isNumber: true },
        { title: 'Unpacked', isNumber: true },
        { title: 'Shared with' },
      ],
      lines,
    )}</details>`;
  });
  return html`<h2>Images</h2>
${sizeMap(images, application)}
${table(
  'Images; layers that they share count for each in Size',
  [
    { title: 'Image' },
    { title: 'Services' },
    { title: 'Image ID' },
    { title: 'Layers', isNumber: true },
    { title: 'Size', isNumber: true },
    { title: 'Not shared', isNumber: true },
  ],
  rows,
)}
${folded}`;
}

/** Says how many bytes of the bundle a layer takes, whole or as deltas. */
function storedText(size: number, delta: number | undefined): string {
  return delta === undefined
    ? bytesText(size)
    : `${bytesText(delta)} (a delta; ${bytesText(size)} whole)`;
}
