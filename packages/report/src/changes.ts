import { shortDigest } from '@bundle/format';
import type { PackageChange } from '@bundle/sbom';
import type { BundleDiff } from '@bundle/verify/diff';
import { type Html, html } from './html.ts';
import type { Words } from './languages.ts';
import { table } from './table.ts';
import { bytesText } from './words.ts';

/** Shows what changed since another bundle. */
export function changes(
  diff: BundleDiff,
  packages: readonly PackageChange[] | undefined,
  { say, said }: Words,
): Html {
  const { before, newBytes, sharedBytes, images, settings = [], files } = diff;
  const size = (bytes: number | undefined): string =>
    bytes === undefined ? '–' : bytesText(bytes);
  const rows = [
    ...images.map(({ reference, change, bytesBefore, bytesAfter }) => [
      html`<code>${reference}</code>`,
      say`image ${said(change)}`,
      size(bytesBefore),
      size(bytesAfter),
    ]),
    ...settings.map(({ file, key, change, before: old = '–', after = '–' }) => [
      html`<code>${key}</code>`,
      say`${said(change)} in <code>${file}</code>`,
      old,
      after,
    ]),
    ...(packages ?? []).map(({ reference, type, name, change, before: old, after }) => [
      html`<code>${name}</code>`,
      say`package ${said(change)} in <code>${reference}</code> (${type})`,
      old.join(', ') || '–',
      after.join(', ') || '–',
    ]),
    ...files.map(({ path, change, sizeBefore, sizeAfter }) => [
      html`<code>${path}</code>`,
      say`file ${said(change)}`,
      size(sizeBefore),
      size(sizeAfter),
    ]),
  ];
  const columns = [say`What`, say`Kind of change`, say`Before`, say`After`];
  return html`<h2>${say`Changes since ${before.product} ${before.version}`}</h2>
<p><code>${shortDigest(before.digest)}</code>: ${say`${bytesText(newBytes)} new, ${bytesText(sharedBytes)} in both.`}</p>
${
  rows.length === 0
    ? html`<p>${say`Nothing changed.`}</p>`
    : table(
        say`Changes`,
        columns.map((title) => ({ title })),
        rows,
      )
}`;
}
