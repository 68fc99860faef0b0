import type { ImportPreview, ImportReport } from '@bundle/import';
import { signersText } from '../../shared/render/signers.ts';
import { leftOutText, tableText } from '../../shared/render/table.ts';
import { bytesText, count, secondsText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t, translated } from '../../shared/text/text.ts';

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
      ? t`all its images are already there`
      : t`load ${count(toLoad.length, 'image')} (${bytesText(bytes)})`;
  const what = start ? t`Import and start` : t`Import`;
  const seemsOlder = checks.some(({ name, result }) => name === 'order' && result === 'warn');
  const older =
    isAllowedOlder || seemsOlder
      ? t`, ${isAllowedOlder ? '' : t`perhaps `}older than what this host has imported`
      : '';
  return t`${what} ${manifest.product} ${manifest.version}, ${signersWords(signatures)}${older}, into ${visible(translated(engine))}: ${work}${allowed}?`;
}

/** Describes in a few words who signed the bundle, or that no trusted key did. */
function signersWords({ signatures }: ImportPreview['signatures']): string {
  const trusted = signatures.filter(({ verdict }) => verdict === 'trusted');
  if (trusted.length > 0) {
    const names = new Set(trusted.map(({ principals, fingerprint }) => principals ?? fingerprint));
    return t`signed by ${visible([...names].join(' and '))}`;
  }
  return signatures.length === 0 ? t`not signed` : t`signed by a key that this host does not trust`;
}

/**
 * Returns the text of the result. `command` turns arguments into a full command line for this command; `next`: arguments
 * that do what was previewed.
 */
export function importText(
  next: string,
  report: ImportReport,
  command: (words: string) => string,
  colours: Colours,
): string {
  const { outcome, manifest, engine } = report;
  const release = `${manifest.product} ${manifest.version}`;
  switch (outcome) {
    case 'declined':
      return t`Nothing was changed: ${release} was not imported.`;
    case 'previewed':
      return [
        t`${colours.bold(release)} would go into ${visible(translated(engine))}; nothing was changed.`,
        imagesTable(report, colours),
        `${colours.bold(t`Next`)}\n  ${visible(command(next))}`,
      ].join('\n\n');
    case 'already imported':
    case 'imported':
      return [
        importedText(report, colours),
        ...(report.signatures.signatures.length > 0 ? [signersText(report.signatures)] : []),
        ...(outcome === 'imported' ? [imagesTable(report, colours)] : []),
        t`Files: ${visible(report.switched ? report.currentLink : report.releaseDir)}`,
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
      : t`, ${count(reused.layers, 'layer')} (${bytesText(reused.bytes)}) already there`;
  const release = `${manifest.product} ${manifest.version}`;
  const older = report.isAllowedOlder ? t`, which is older than what this host had imported,` : '';
  return outcome === 'imported'
    ? t`${colours.green(t`Imported`)} ${release}${older} into ${visible(translated(engine))}: ${bytesText(sentBytes)} sent${there}, ${secondsText(seconds)}`
    : t`${colours.green(t`Up to date`)}: ${release} is already in ${visible(translated(engine))}, ${secondsText(seconds)}`;
}

/** Services that do not start, where the host was looked at. */
function profilesTexts({ checks }: ImportReport, colours: Colours): string[] {
  const check = checks.find(({ name }) => name === 'profiles');
  if (check?.hint === undefined) return [];
  return [
    `${colours.bold(t`Profiles`)}\n  ${visible(translated(check.found))}\n  ${visible(translated(check.hint))}`,
  ];
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
    : [`${colours.bold(t`Used, and not in the bundle: have it on this host`)}\n${text}`];
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
  if (!switched) return [`${colours.bold(t`To switch to it`)}\n${up}`];
  return [
    `${colours.bold(t`To start it`)}\n${up}`,
    `${colours.bold(t`Or by hand`)}\n${startCommands.map((line) => `  ${visible(translated(line))}`).join('\n')}`,
  ];
}

function imagesTable({ images }: ImportReport, colours: Colours): string {
  const rows = images.map(({ reference, action, bytes }) => [
    visible(reference),
    translated(action),
    action === 'load' ? bytesText(bytes) : '-',
  ]);
  return tableText(['IMAGE', 'ACTION', 'SENT'], rows, colours, [2]);
}
