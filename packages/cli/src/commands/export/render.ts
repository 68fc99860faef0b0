import type {
  ApplicationPlan,
  BundleFormat,
  ExportPreview,
  ExportReport,
  RebuildReport,
} from '@bundle/export';
import { paths, shellWord, shortDigest } from '@bundle/format';
import { findingsText } from '../../shared/render/findings.ts';
import { secretsText, stoppingText } from '../../shared/render/secrets.ts';
import { leftOutText, tableText } from '../../shared/render/table.ts';
import {
  bytesText,
  count,
  incrementalText,
  secondsText,
  sizesText,
} from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t, translated } from '../../shared/text/text.ts';

/** What the user should know about the application, for stderr. */
export function planWords(
  { product, composeName, warnings }: ApplicationPlan,
  colours: Colours,
): string {
  const naming =
    composeName === undefined
      ? []
      : [
          t`The application is called ${product}: the name of its folder, ${composeName}, could be that of any. --name ${composeName} keeps that, --name NAME gives another.`,
        ];
  return [...naming, findingsText(warnings, colours)].filter((text) => text !== '').join('\n');
}

export function previewText(
  { application, images, stages, notCaptured, fileBytes, secrets }: ExportPreview,
  output: string,
  format: BundleFormat,
  colours: Colours,
): string {
  const imageRows = images.map(({ reference, services, state, bytes, use }) => [
    visible(reference),
    visible(services.join(', ') || useText(use)),
    translated(state),
    bytes === undefined ? '-' : bytesText(bytes),
  ]);
  const rebuildLines = [
    ...stages.map(
      ({ services, names }) =>
        t`  ${visible(services.join(', '))}: the cache of ${visible(names.join(', '))}; only layers of intermediate stages add to the size`,
    ),
    ...notCaptured.map((one) => notCapturedText(one, colours)),
  ];
  const fileRows = application.files.map(({ path, why }) => [
    visible(path),
    visible(translated(why)),
  ]);
  const known = images.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const some = images.some(({ bytes }) => bytes === undefined)
    ? t`, not counting images still to be pulled or built`
    : '';
  const total = t`${bytesText(known + fileBytes)} before compression and sharing${some}`;
  return [
    t`${colours.bold(application.product)} would be written to ${visible(output)} (${format}); nothing was written.`,
    `${colours.bold(t`Images`)}\n${tableText(['IMAGE', 'SERVICES', 'STATE', 'SIZE'], imageRows, colours, [3])}`,
    ...(rebuildLines.length === 0
      ? []
      : [`${colours.bold(t`Rebuilds without a network`)}\n${rebuildLines.join('\n')}`]),
    `${colours.bold(t`Files`)}\n${tableText(['FILE', 'WHY'], fileRows, colours)}`,
    ...mountsSection(application, colours),
    ...(secrets.length === 0 ? [] : [stoppingText(secrets, colours)]),
    ...profilesSection(application, colours),
    ...toSetSections(application, colours),
    t`In all: ${count(images.length, 'image')}, ${count(fileRows.length, 'file')}, ${total}`,
  ].join('\n\n');
}

export function exportText(
  {
    output,
    manifest,
    digest,
    whole,
    reused,
    seconds,
    rebuild,
    secrets,
    command,
  }: ExportReport & { readonly command?: string | undefined },
  application: ApplicationPlan,
  format: BundleFormat,
  colours: Colours,
): string {
  const { product, version, images } = manifest;
  const rows = images.map(({ reference, services, layers, use }) => [
    visible(reference),
    visible(services.join(', ') || useText(use)),
    String(layers.length),
    bytesText(layers.reduce((sum, { size }) => sum + size, 0)),
  ]);
  const bundle = visible(shellWord(output));
  const carried = manifest.files.some(({ path }) => path === paths.runtime);
  const next = [
    t`Next, to check it:`,
    `  bundle verify ${bundle}`,
    t`On the offline host, after the copy:`,
    ...importLines(bundle, format, carried, command).map((line) => `  ${line}`),
  ];
  const left = incrementalText(manifest);
  const secret = secretsText(secrets, colours);
  const name = colours.bold(`${product} ${version}`);
  const packed = t`${colours.green(t`Packed`)} ${name} into ${visible(output)} (${format}), ${secondsText(seconds)}`;
  return [
    `${packed}\n${sizesText(manifest)}\n${digest}`,
    `${colours.bold(t`Images`)}\n${tableText(['IMAGE', 'SERVICES', 'LAYERS', 'SIZE'], rows, colours, [2, 3])}`,
    ...(left === undefined ? [] : [left]),
    ...wholeLines(whole, colours),
    ...(reused.layers === 0
      ? []
      : [t`Reused from the cache: ${count(reused.layers, 'layer')}, ${bytesText(reused.bytes)}`]),
    ...(rebuild === undefined ? [] : [rebuildText(rebuild, colours)]),
    ...leftOutSection(application, colours),
    ...(secret === undefined ? [] : [secret]),
    ...profilesSection(application, colours),
    ...toSetSections(application, colours),
    next.join('\n'),
  ].join('\n\n');
}

/** Says which changed layers are carried whole, and why. */
function wholeLines(whole: ExportReport['whole'], colours: Colours): string[] {
  const line = ({ digest, size, why, reason }: ExportReport['whole'][number]): string => {
    const cause =
      why === 'old bytes missing'
        ? t`its old version is neither in the layer cache, nor in the bundle of --since, nor on this engine; a delta could save up to ${bytesText(size)}`
        : why === 'not smaller'
          ? t`its deltas would not be half its size`
          : t`its delta could not be made: ${visible(reason ?? 'unknown')}`;
    return `  ${shortDigest(digest)} (${bytesText(size)}): ${cause}`;
  };
  if (whole.length === 0) return [];
  return [`${colours.bold(t`Changed layers carried whole`)}\n${whole.map(line).join('\n')}`];
}

/**
 * Returns the commands that import the bundle after the copy, using the executable in the bundle where there is one.
 */
function importLines(
  bundle: string,
  format: BundleFormat,
  carried: boolean,
  command: string | undefined,
): string[] {
  if (command !== undefined) return [t`sh ${visible(shellWord(command))} import ${bundle}`];
  if (!carried) return [t`bundle import ${bundle}`];
  if (format === 'folder') return [t`${bundle}/${paths.runtime} import ${bundle}`];
  return [`tar -xf ${bundle} ${paths.runtime}`, t`./${paths.runtime} import ${bundle}`];
}

function useText(use: ExportReport['manifest']['images'][number]['use']): string {
  if (use === undefined) return '-';
  return use === 'build-base' ? t`for rebuilds: base` : t`for rebuilds: cache`;
}

function rebuildText(rebuild: RebuildReport, colours: Colours): string {
  const { services, notCaptured, seconds, baseBytes, cacheBytes, source, warnings } = rebuild;
  const parts = [
    ...(baseBytes === 0 ? [] : [t`${bytesText(baseBytes)} of base images`]),
    ...(cacheBytes === 0 ? [] : [t`${bytesText(cacheBytes)} of intermediate stages`]),
  ];
  const added = parts.length === 0 ? t`no further bytes` : parts.join(', ');
  const cost = `${added}, ${secondsText(seconds)}`;
  return [
    colours.bold(t`Rebuilds without a network`),
    ...(services.length === 0 ? [] : [`  ${visible(services.join(', '))}: ${cost}`]),
    ...(source === undefined
      ? []
      : [t`  source: ${count(source.files, 'file')}, ${bytesText(source.bytes)}`]),
    ...notCaptured.map((one) => notCapturedText(one, colours)),
    ...warnings.map((warning) => `  ${colours.yellow(t`warning`)} ${visible(translated(warning))}`),
  ].join('\n');
}

function notCapturedText(
  { services, reason }: RebuildReport['notCaptured'][number],
  colours: Colours,
): string {
  return `  ${colours.yellow(t`not`)} ${visible(services.join(', '))}: ${visible(translated(reason))}`;
}

/** Every decision about what services mount, one a line. */
function mountsSection(
  { mounts, privateKeys, leftOut }: ApplicationPlan,
  colours: Colours,
): string[] {
  const rows = mounts.map(({ source, isPacked, why, services }) => [
    visible(source),
    isPacked ? t`packed` : t`left out`,
    visible(translated(why)),
    visible(services.join(', ')),
  ]);
  // Env files, and files in a folder that is packed.
  const others = leftOut.filter(({ reason }) => mounts.every(({ why }) => why !== reason));
  return [
    ...(rows.length === 0
      ? []
      : [
          `${colours.bold(t`Mounts`)}\n${tableText(['MOUNT', '', 'WHY', 'SERVICES'], rows, colours)}`,
        ]),
    ...leftOutSection({ leftOut: others }, colours),
    ...(privateKeys.length === 0
      ? []
      : [
          `${colours.bold(t`Private keys, packed only when allowed`)}\n${privateKeys.map((key) => `  ${visible(key)}`).join('\n')}`,
        ]),
  ];
}

function leftOutSection({ leftOut }: Pick<ApplicationPlan, 'leftOut'>, colours: Colours): string[] {
  const text = leftOutText(leftOut, colours);
  return text === undefined ? [] : [`${colours.bold(t`Not packed`)}\n${text}`];
}

/** Which of the packed services start on the other host. */
function profilesSection({ profiles }: ApplicationPlan, colours: Colours): string[] {
  if (profiles.length === 0) return [];
  const rows = profiles.map(({ name, services, started, alternatives, problem }) => [
    visible(name),
    visible(services.join(', ')),
    problem === undefined
      ? `${started ? t`starts` : t`starts only where COMPOSE_PROFILES names it`}${alternatives.length === 0 ? '' : t`; not beside ${visible(alternatives.join(', '))}`}`
      : t`not packed: ${visible(problem)}`,
  ]);
  return [
    `${colours.bold(t`Profiles`)}\n${tableText(['PROFILE', 'SERVICES', 'ON THE OTHER HOST'], rows, colours)}`,
  ];
}

/** Names whose values stay here. */
function toSetSections({ toSet }: ApplicationPlan, colours: Colours): string[] {
  const section = (title: string, names: 'toFill' | 'differing'): string[] => {
    const rows = toSet
      .filter((file) => file[names].length > 0)
      .map(({ path, example, ...file }) => [
        t`${path}, from ${example}`,
        visible(file[names].join(', ')),
      ]);
    if (rows.length === 0) return [];
    return [`${colours.bold(title)}\n${tableText(['FILE', 'NAMES'], rows, colours)}`];
  };
  return [
    ...section(t`To fill in on the offline host (import --up asks for them)`, 'toFill'),
    ...section(t`Different here: the other host starts with a default or the example`, 'differing'),
  ];
}

/** Says why the list of packages is missing or may be incomplete; undefined if neither is so. */
export function listingText({
  packages,
  output,
}: Pick<ExportReport, 'packages' | 'output'>): string | undefined {
  if (packages === undefined) return undefined;
  const { listed, problems, isCarried } = packages;
  const command = `\`bundle sbom ${visible(output)}\``;
  if (!isCarried) {
    return t`The bundle has no list of packages, because ${count(listed, 'package')} are too many for one: ${command} lists them.`;
  }
  if (problems === 0) return undefined;
  return t`The list of packages may be incomplete, for ${count(problems, 'reason')}: ${command} names them.`;
}
