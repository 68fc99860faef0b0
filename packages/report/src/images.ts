import { shortDigest } from '@bundle/format';
import type { ReportFacts } from './facts.ts';
import { type Html, html } from './html.ts';
import type { Words } from './languages.ts';
import { table } from './table.ts';
import { sizeMap } from './treemap.ts';
import { bytesText } from './words.ts';

export function imagesSection({ images, manifest }: ReportFacts, words: Words): Html {
  const { say } = words;
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
    const purpose = image?.use === undefined ? image?.services.join(', ') : say`for rebuilds`;
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
      omitted.has(digest) ? say`on the host` : storedText(size, deltas.get(digest), words),
      unpackedSize === undefined ? '–' : bytesText(unpackedSize),
      sharedWith.join(', ') || '–',
    ]);
    return html`<details><summary>${reference}: ${layers.length === 1 ? say`1 layer` : say`${layers.length} layers`}</summary>${table(
      say`Layers of ${reference}, from the bottom`,
      [
        { title: say`Layer` },
        { title: say`Stored`, isNumber: true },
        { title: say`Unpacked`, isNumber: true },
        { title: say`Shared with` },
      ],
      lines,
    )}</details>`;
  });
  return html`<h2>${say`Images`}</h2>
${sizeMap(images, application)}
${table(
  say`Images; layers that they share count for each in Size`,
  [
    { title: say`Image` },
    { title: say`Services` },
    { title: say`Image ID` },
    { title: say`Layers`, isNumber: true },
    { title: say`Size`, isNumber: true },
    { title: say`Not shared`, isNumber: true },
  ],
  rows,
)}
${folded}`;
}

/** Says how many bytes of the bundle a layer takes, whole or as deltas. */
function storedText(size: number, delta: number | undefined, { say }: Words): Html | string {
  return delta === undefined
    ? bytesText(size)
    : say`${bytesText(delta)} (a delta; ${bytesText(size)} whole)`;
}
