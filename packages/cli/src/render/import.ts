import { shellWord } from '@bundle/format';
import type { ImportPreview, ImportReport } from '@bundle/import';
import type { Colours } from '../colours.ts';
import { visible } from '../escape.ts';
import { bytesText, count, secondsText, tableText } from './table.ts';

export function importQuestion({ manifest, engine, images }: ImportPreview): string {
  const toLoad = images.filter(({ action }) => action === 'load');
  const bytes = toLoad.reduce((sum, image) => sum + image.bytes, 0);
  const work =
    toLoad.length === 0
      ? 'all its images are there already'
      : `load ${count(toLoad.length, 'image')} (${bytesText(bytes)})`;
  return `Import ${manifest.product} ${manifest.version} into ${visible(engine)}: ${work}?`;
}

export function importText(bundle: string, report: ImportReport, colours: Colours): string {
  const { outcome, manifest, engine } = report;
  const release = `${manifest.product} ${manifest.version}`;
  switch (outcome) {
    case 'declined':
      return `Nothing was changed: ${release} was not imported.`;
    case 'previewed':
      return [
        `${colours.bold(release)} would go into ${visible(engine)}; nothing was changed.`,
        imagesTable(report),
        `${colours.bold('Next')}\n  bundle import ${visible(shellWord(bundle))}`,
      ].join('\n\n');
    case 'already imported':
    case 'imported':
      return [
        importedText(report, colours),
        imagesTable(report),
        `Files: ${visible(report.switched ? report.currentLink : report.releaseDir)}`,
        ...startTexts(report, colours),
      ].join('\n\n');
  }
}

/** One line: what was imported, and what it took. */
export function importedText(report: ImportReport, colours: Colours): string {
  const { outcome, manifest, engine, seconds, sentBytes } = report;
  const release = `${manifest.product} ${manifest.version}`;
  return outcome === 'imported'
    ? `${colours.green('Imported')} ${release} into ${visible(engine)}: ${bytesText(sentBytes)} sent, ${secondsText(seconds)}`
    : `${colours.green('Up to date')}: ${release} is in ${visible(engine)} already, ${secondsText(seconds)}`;
}

/** What runs goes on running: the new release waits to be started. */
function startTexts(report: ImportReport, colours: Colours): string[] {
  const { name, manifest, switched, startCommands } = report;
  const up = `  bundle up ${manifest.version}${name === manifest.product ? '' : ` --name ${name}`}`;
  if (!switched) return [`${colours.bold('To change over to it')}\n${up}`];
  return [
    `${colours.bold('To start it')}\n${up}`,
    `${colours.bold('Or by hand')}\n${startCommands.map((line) => `  ${visible(line)}`).join('\n')}`,
  ];
}

function imagesTable({ images }: ImportReport): string {
  const rows = images.map(({ reference, action, bytes }) => [
    visible(reference),
    action,
    action === 'load' ? bytesText(bytes) : '-',
  ]);
  return tableText(['IMAGE', 'ACTION', 'SENT'], rows, [2]);
}
