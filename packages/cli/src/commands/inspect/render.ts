import {
  type BundleManifest,
  needsFilling,
  orderOf,
  platformsText,
  shellWord,
} from '@bundle/format';
import type { InspectReport } from '@bundle/verify';
import { signersText } from '../../shared/render/signers.ts';
import { leftOutText, tableText } from '../../shared/render/table.ts';
import {
  bytesText,
  carriedText,
  count,
  incrementalText,
  zonedTime,
} from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';
import type { InspectChoice } from './definition.ts';
import { deltasTable, filesTable, imagesTable, layersTable } from './details.ts';

/**
 * Answers what people ask first: what it is, who made it, how large it is, and what they have to fill in. `shown`: the report
 * with the images of all platforms.
 */
export function inspectText(
  bundle: string,
  report: InspectReport,
  shown: InspectReport,
  chosen: Pick<InspectChoice, 'images' | 'layers' | 'files' | 'all'>,
  colours: Colours,
): string {
  const { manifest } = report;
  const section = (title: string, body: string | undefined): string[] =>
    body === undefined ? [] : [`${colours.bold(title)}\n${body}`];
  const details: readonly string[] = [
    ...(chosen.all || chosen.images ? section(t`Images`, imagesTable(shown, colours)) : []),
    ...(chosen.all || chosen.layers ? section(t`Each layer`, layersTable(shown, colours)) : []),
    ...(chosen.all || chosen.files ? section(t`Files`, filesTable(manifest, colours)) : []),
  ];
  const more = visible(shellWord(bundle));
  return [
    headText(bundle, report, colours),
    ...section(t`Services`, servicesText(report, colours)),
    ...section(t`Where the bytes are`, partsTable(report, colours)),
    ...(manifest.deltas ? section(t`Deltas`, deltasTable(manifest, colours)) : []),
    ...section(t`To fill in before the start`, fillText(manifest, colours)),
    ...section(t`Not packed`, leftOutText(manifest.leftOut, colours)),
    ...(details.length > 0
      ? details
      : [
          `${colours.bold(t`More`)}\n  bundle inspect ${more} --images | --layers | --files | --all`,
        ]),
  ].join('\n\n');
}

function headText(bundle: string, report: InspectReport, colours: Colours): string {
  const { manifest, digest, signatures, carriedPackages: carried } = report;
  const { product, version, created, sizes } = manifest;
  const { channel, sequence } = orderOf(manifest);
  const name = colours.bold(`${product} ${version}`);
  const stored = bytesText(sizes.stored);
  const size =
    sizes.unpacked > 0
      ? t`${stored}; its images need ${bytesText(sizes.unpacked)} in an engine without them`
      : stored;
  const left = incrementalText(manifest);
  return [
    t`${name} for ${visible(platformsText(manifest))}, made ${zonedTime(created)}`,
    digest,
    signersText(signatures),
    t`channel ${channel}, sequence ${sequence}`,
    `${visible(bundle)}: ${size}`,
    ...(left === undefined ? [] : [left]),
    ...(carried.length === 0 ? [] : [t`carries ${carriedText(carried)}, for changed dependencies`]),
  ].join('\n');
}

/** Lists the images that services run; those for rebuilds are only counted. */
function servicesText({ images, manifest }: InspectReport, colours: Colours): string {
  const costs = new Map(images.map((image) => [image.reference, image]));
  const own = manifest.images.filter(({ use }) => use === undefined);
  const rows = own.map(({ reference, services, layers }) => {
    const unpacked = layers.map(({ unpackedSize }) => unpackedSize);
    return [
      visible(services.join(', ') || '-'),
      visible(reference),
      bytesText(costs.get(reference)?.storedBytes ?? 0),
      unpacked.some((bytes) => bytes === undefined)
        ? '-'
        : bytesText(unpacked.reduce<number>((sum, bytes = 0) => sum + bytes, 0)),
    ];
  });
  const table = tableText(['SERVICE', 'IMAGE', 'SIZE', 'UNPACKED'], rows, colours, [2, 3]);
  const others = manifest.images.length - own.length;
  return others === 0 ? table : `${table}\n  ${t`and ${count(others, 'image')} for rebuilds`}`;
}

const barLength = 30;

function partsTable({ parts }: InspectReport, colours: Colours): string {
  const names = {
    application: t`application`,
    rebuilds: t`rebuilds`,
    programs: t`programs`,
    files: t`other files`,
  };
  const without: Readonly<Record<string, string>> = {
    rebuilds: t`none with export --no-rebuild`,
    programs: t`none with export --no-runtime`,
  };
  const largest = Math.max(...parts.map(({ bytes }) => bytes));
  const rows = parts.map(({ name, bytes }) => [
    names[name],
    bytesText(bytes),
    '█'.repeat(Math.round((bytes / largest) * barLength)),
    without[name] ?? '',
  ]);
  return tableText(['PART', 'SIZE', '', ''], rows, colours, [1]);
}

function fillText({ envFiles }: BundleManifest, colours: Colours): string | undefined {
  const rows = envFiles
    .filter(needsFilling)
    .map(({ path, example, toFill: names = [] }) => [
      t`${path}, from ${example}`,
      visible(names.join(', ')),
    ]);
  return rows.length === 0 ? undefined : tableText(['FILE', 'NAMES'], rows, colours);
}
