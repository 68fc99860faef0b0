import { shellWord } from '@bundle/format';
import type { ImportPreview, ImportReport } from '@bundle/import';
import { signersText } from '../../shared/render/signers.ts';
import { leftOutText, tableText } from '../../shared/render/table.ts';
import { bytesText, count, secondsText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';

/** Returns the question of an import; `allowed`: words about what agreeing allows. */
export function importQuestion(
  { manifest, engine, images, signatures, isAllowedOlder, checks }: ImportPreview,
  start: boolean,
  allowed = '',
): string {
  const toLoad = images.filter(({ action }) => action === 'load');
  const bytes = toLoad.reduce((sum, image) => sum + image.bytes, 0);
  const work =
    toLoad.length === 0
      ? 'all its images are already there'
      : `load ${count(toLoad.length, 'image')} (${bytesText(bytes)})`;
  const what = start ? 'Import and start' : 'Import';
  const seemsOlder = checks.some(({ name, result }) => name === 'order' && result === 'warn');
  const older =
    isAllowedOlder || seemsOlder
      ? `, ${isAllowedOlder ? '' : 'perhaps '}older than what this host has imported`
      : '';
  return `${what} ${manifest.product} ${manifest.version}, ${signersWords(signatures)}${older}, into ${visible(engine)}: ${work}${allowed}?`;
}

/** Describes in a few words who signed the bundle, or that no trusted key did. */
function signersWords({ signatures }: ImportPreview['signatures']): string {
  const trusted = signatures.filter(({ verdict }) => verdict === 'trusted');
  if (trusted.length > 0) {
    const names = new Set(trusted.map(({ principals, fingerprint }) => principals ?? fingerprint));
    return `signed by ${visible([...names].join(' and '))}`;
  }
  return signatures.length === 0 ? 'not signed' : 'signed by a key that this host does not trust';
}

/** Returns the text of the result. `command` turns arguments into a full command line for this command. */
export function importText(
  bundle: string,
  report: ImportReport,
  command: (words: string) => string,
  colours: Colours,
): string {
  const { outcome, manifest, engine } = report;
  const release = `${manifest.product} ${manifest.version}`;
  switch (outcome) {
    case 'declined':
      return `Nothing was changed: ${release} was not imported.`;
    case 'previewed':
      return [
        `${colours.bold(release)} would go into ${visible(engine)}; nothing was changed.`,
        imagesTable(report, colours),
        `${colours.bold('Next')}\n  ${visible(command(`import ${shellWord(bundle)}`))}`,
      ].join('\n\n');
    case 'already imported':
    case 'imported':
      return [
        importedText(report, colours),
        ...(report.signatures.signatures.length > 0 ? [signersText(report.signatures)] : []),
        ...(outcome === 'imported' ? [imagesTable(report, colours)] : []),
        `Files: ${visible(report.switched ? report.currentLink : report.releaseDir)}`,
        ...profilesTexts(report, colours),
        ...leftOutTexts(report, colours),
        ...startTexts(report, command, colours),
      ].join('\n\n');
  }
}

/** Returns one line with what was imported, how much was sent, and how long it took. */
export function importedText(report: ImportReport, colours: Colours): string {
  const { outcome, manifest, engine, seconds, sentBytes, reused } = report;
  const there =
    reused.layers === 0
      ? ''
      : `, ${count(reused.layers, 'layer')} (${bytesText(reused.bytes)}) already there`;
  const release = `${manifest.product} ${manifest.version}`;
  const older = report.isAllowedOlder ? ', which is older than what this host had imported,' : '';
  return outcome === 'imported'
    ? `${colours.green('Imported')} ${release}${older} into ${visible(engine)}: ${bytesText(sentBytes)} sent${there}, ${secondsText(seconds)}`
    : `${colours.green('Up to date')}: ${release} is already in ${visible(engine)}, ${secondsText(seconds)}`;
}

/** Services that do not start, where the host was looked at. */
function profilesTexts({ checks }: ImportReport, colours: Colours): string[] {
  const check = checks.find(({ name }) => name === 'profiles');
  if (check?.hint === undefined) return [];
  return [`${colours.bold('Profiles')}\n  ${visible(check.found)}\n  ${visible(check.hint)}`];
}

/** Secrets and env files of the host; what services mount is looked at by the checks. */
function leftOutTexts({ manifest }: ImportReport, colours: Colours): string[] {
  const text = leftOutText(
    manifest.leftOut.filter(
      ({ source, target }) =>
        target === undefined && source.includes('/') && !source.endsWith('/docker.sock'),
    ),
    colours,
  );
  return text === undefined
    ? []
    : [`${colours.bold('Used, and not in the bundle: have it on this host')}\n${text}`];
}

/** Says how to start the release; until then, the running one keeps running. */
function startTexts(
  report: ImportReport,
  command: (words: string) => string,
  colours: Colours,
): string[] {
  const { name, manifest, switched, startCommands } = report;
  const instance = name === manifest.product ? '' : ` --name ${name}`;
  const up = `  ${visible(command(`up ${manifest.version}${instance}`))}`;
  if (!switched) return [`${colours.bold('To switch to it')}\n${up}`];
  return [
    `${colours.bold('To start it')}\n${up}`,
    `${colours.bold('Or by hand')}\n${startCommands.map((line) => `  ${visible(line)}`).join('\n')}`,
  ];
}

function imagesTable({ images }: ImportReport, colours: Colours): string {
  const rows = images.map(({ reference, action, bytes }) => [
    visible(reference),
    action,
    action === 'load' ? bytesText(bytes) : '-',
  ]);
  return tableText(['IMAGE', 'ACTION', 'SENT'], rows, colours, [2]);
}
