import { shortDigest } from '@bundle/format';
import type { PackageChange } from '@bundle/sbom';
import type { BundleDiff } from '@bundle/verify/diff';
import { columnsOf, padEnd, tableText } from '../../shared/render/table.ts';
import { bytesText, carriedText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t, translated } from '../../shared/text/text.ts';

/** Longer values are cut: the beginning of a healthcheck is enough to recognize it. */
const maxValueLength = 40;

export function diffText(diff: BundleDiff, colours: Colours): string {
  const { before, after, images, layers, files, settings, newBytes, sharedBytes } = diff;
  const head = [before, after].map(
    ({ product, version, digest, stored }) =>
      `${product} ${version}  ${shortDigest(digest)}  ${bytesText(stored)}`,
  );
  const titles = [t`Before`, t`After`];
  const width = Math.max(...titles.map(columnsOf));
  const hasDeltas = layers.some(({ delta }) => delta !== undefined);
  const section = (
    title: string,
    columns: string[],
    rows: string[][],
    right: number[],
  ): string[] =>
    rows.length === 0
      ? []
      : [`${colours.bold(translated(title))}\n${tableText(columns, rows, colours, right)}`];
  const size = (bytes: number | undefined): string =>
    bytes === undefined ? '-' : bytesText(bytes);
  const sections = [
    ...section(
      'Images',
      ['', 'IMAGE', 'BEFORE', 'AFTER'],
      images.map(({ reference, change, bytesBefore, bytesAfter }) => [
        translated(change),
        visible(reference),
        size(bytesBefore),
        size(bytesAfter),
      ]),
      [2, 3],
    ),
    ...section(
      'Layers',
      ['', 'LAYER', 'SIZE', ...(hasDeltas ? ['CARRIED'] : []), 'IMAGES'],
      layers.map(({ digest, change, size: bytes, images: users, delta }) => [
        translated(change),
        shortDigest(digest),
        bytesText(bytes),
        ...(hasDeltas ? [delta === undefined ? '' : t`delta, ${bytesText(delta.size)}`] : []),
        visible(users.join(', ')),
      ]),
      [2],
    ),
    ...section(
      'Settings',
      ['', 'KEY', 'BEFORE', 'AFTER'],
      (settings ?? []).map(({ key, change, before: old, after: now }) => [
        translated(change),
        visible(key),
        valueText(old),
        valueText(now),
      ]),
      [],
    ),
    ...section(
      'Files',
      ['', 'FILE', 'BEFORE', 'AFTER'],
      files.map(({ path, change, sizeBefore, sizeAfter }) => [
        translated(change),
        path,
        size(sizeBefore),
        size(sizeAfter),
      ]),
      [2, 3],
    ),
  ];
  return [
    titles
      .map((title, index) => `${colours.bold(padEnd(title, width))}  ${head[index] ?? ''}`)
      .join('\n'),
    ...(sections.length === 0 ? [t`Nothing is different.`] : sections),
    ...(settings === undefined && sections.length > 0
      ? [t`Settings were not compared: one side is a bundle.json alone.`]
      : []),
    ...carriedLine(diff),
    t`New: ${bytesText(newBytes)}; in both already: ${bytesText(sharedBytes)} of blobs`,
  ].join('\n\n');
}

/** Compares the packages for changed dependencies; nothing where neither bundle carries any. */
function carriedLine({ carriedPackages: { before, after } }: BundleDiff): string[] {
  if (before.length === 0 && after.length === 0) return [];
  const [old, now] = [carriedText(before), carriedText(after)];
  return [
    old === now
      ? t`Carried for changed dependencies: ${now}`
      : t`Carried for changed dependencies: ${old} before, ${now} after`,
  ];
}

export function packagesText(changes: readonly PackageChange[], colours: Colours): string {
  if (changes.length === 0) return t`No package inside an image is different.`;
  const rows = changes.map(({ reference, type, name, change, before, after }) => [
    translated(change),
    visible(reference),
    type,
    visible(name),
    visible(before.join(', ')) || '-',
    visible(after.join(', ')) || '-',
  ]);
  const columns = ['', 'IMAGE', 'TYPE', 'PACKAGE', 'BEFORE', 'AFTER'];
  return `${colours.bold(t`Packages`)}\n${tableText(columns, rows, colours)}`;
}

function valueText(value: string | undefined): string {
  if (value === undefined) return '-';
  const text = visible(value === '' ? '(empty)' : value);
  return text.length <= maxValueLength ? text : `${text.slice(0, maxValueLength - 1)}…`;
}
