import type { PackageChange } from '@bundle/sbom';
import type { BundleDiff } from '@bundle/verify/diff';
import { type Html, html } from './html.ts';
import { table } from './table.ts';
import { bytesText, shortDigest } from './words.ts';

/** Shows what changed since another bundle. */
export function changes(diff: BundleDiff, packages: readonly PackageChange[] = []): Html {
  const { before, newBytes, sharedBytes, images, settings = [], files } = diff;
  const size = (bytes: number | undefined): string =>
    bytes === undefined ? '–' : bytesText(bytes);
  const rows = [
    ...images.map(({ reference, change, bytesBefore, bytesAfter }) => [
      html`<code>${reference}</code>`,
      `image ${change}`,
      size(bytesBefore),
      size(bytesAfter),
    ]),
    ...settings.map(({ file, key, change, before: old = '–', after = '–' }) => [
      html`<code>${key}</code>`,
      `${change} in ${file}`,
      old,
      after,
    ]),
    ...packages.map(({ reference, type, name, change, before: old, after }) => [
      html`<code>${name}</code>`,
      `package ${change} in ${reference} (${type})`,
      old.join(', ') || '–',
      after.join(', ') || '–',
    ]),
    ...files.map(({ path, change, sizeBefore, sizeAfter }) => [
      html`<code>${path}</code>`,
      `file ${change}`,
      size(sizeBefore),
      size(sizeAfter),
    ]),
  ];
  const columns = ['What', 'Change', 'Before', 'After'];
  return html`<h2>Changes since ${before.product} ${before.version}</h2>
<p><code>${shortDigest(before.digest)}</code>: ${bytesText(newBytes)} new, ${bytesText(sharedBytes)} in both.</p>
${
  rows.length === 0
    ? html`<p>Nothing changed.</p>`
    : table(
        'Changes',
        columns.map((title) => ({ title })),
        rows,
      )
}`;
}
