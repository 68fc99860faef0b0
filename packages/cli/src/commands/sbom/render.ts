import { shortDigest } from '@bundle/format';
import { type DescribedImage, versionText } from '@bundle/sbom';
import { problemLines } from '../../shared/render/problems.ts';
import { tableText } from '../../shared/render/table.ts';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

export function sbomText(images: readonly DescribedImage[], colours: Colours): string {
  const sections = images.map(
    ({ reference, imageId, distribution, packages, attestations = [] }) => {
      const system = distribution?.title ?? distribution?.id ?? t`no distribution`;
      const title = `${colours.bold(visible(reference))}  ${shortDigest(imageId)}  ${visible(system)}  ${count(packages.length, 'package')}`;
      const rows = packages.map((one) => [
        one.type,
        visible(one.group === undefined ? one.name : `${one.group}:${one.name}`),
        visible(versionText(one) || '-'),
        visible(one.license ?? '-'),
      ]);
      const attached = attestations.map(
        ({ digest, predicateType }) =>
          t`Attached by its builder: ${visible(predicateType)}, ${shortDigest(digest)}`,
      );
      const table =
        rows.length === 0
          ? []
          : [tableText(['TYPE', 'PACKAGE', 'VERSION', 'LICENCE'], rows, colours)];
      return [title, ...table, ...attached].join('\n');
    },
  );
  return sections.join('\n\n');
}

/** Says what could not be read; undefined if everything could. */
export function problemsText(images: readonly DescribedImage[]): string | undefined {
  const texts = images.flatMap(({ reference, problems }) => {
    if (problems.length === 0) return [];
    const lines = problems.map(({ path, problem }) =>
      path === undefined ? problem : `${path} ${problem}`,
    );
    return [problemLines(t`The list of ${visible(reference)} may be incomplete:`, lines)];
  });
  return texts.length === 0 ? undefined : texts.join('\n');
}
