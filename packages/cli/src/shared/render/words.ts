import { type BundleManifest, paths, runtimeDir } from '@bundle/format';
import type { CarriedCount } from '@bundle/verify';
import prettyBytes from 'pretty-bytes';
import { duration } from '../terminal/progress-text.ts';
import { isChinese, t, translated } from '../text/text.ts';

export function bytesText(bytes: number): string {
  return prettyBytes(bytes);
}

export function secondsText(seconds: number): string {
  return duration(seconds * 1000);
}

/** `1 image`, `2 images`. The translation has the key `{0} images`. */
export function count(number: number, noun: string): string {
  return translated(`${number} ${noun}${number === 1 && !isChinese() ? '' : 's'}`);
}

/** Formats an RFC 3339 time in the time zone of this host: `2026-01-01 12:00`. */
export function localTime(time: string | undefined): string {
  const date = new Date(time ?? '');
  // Engines write the year 1 for something that never happened.
  if (Number.isNaN(date.getTime()) || date.getFullYear() < 1970) return '-';
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Names the time zone of this host by its distance from UTC at a time: `UTC`, `UTC+8`, `UTC-3:30`. */
export function zoneAt(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

/** Returns the head of a column of local times, with their zone. */
export function timeHead(title: string): string {
  return `${translated(title)}, ${zoneAt(new Date())}`;
}

/** Formats an RFC 3339 time in the time zone of this host, with the zone, for a line of its own. */
export function zonedTime(time: string | undefined): string {
  const text = localTime(time);
  return text === '-' ? text : `${text} ${zoneAt(new Date(time ?? ''))}`;
}

/** Describes what the bytes of a bundle consist of: its programs may outweigh a small application. */
export function sizesText({ files, sizes }: BundleManifest): string {
  const bytesIn = (folder: string): number =>
    files.filter(({ path }) => path.startsWith(folder)).reduce((sum, { size }) => sum + size, 0);
  const unpacked = sizes.unpacked > 0 ? t` (${bytesText(sizes.unpacked)} unpacked)` : '';
  const programs = bytesIn(runtimeDir);
  return (
    t`${bytesText(sizes.stored)}: images ${bytesText(bytesIn(`${paths.imagesDir}/`))}${unpacked}` +
    (programs > 0 ? t`, programs ${bytesText(programs)}` : '')
  );
}

/** Describes what an incremental bundle leaves out, or carries as deltas; undefined for a complete bundle. */
export function incrementalText(
  manifest: Pick<BundleManifest, 'base' | 'omitted' | 'deltas' | 'images'>,
): string | undefined {
  const texts = [omittedText(manifest), deltasText(manifest)].filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** Counts carried packages by package manager: `12 packages (apt 5, npm 7), 3.2 MB`. */
export function carriedText(carried: readonly CarriedCount[]): string {
  const sum = (key: 'count' | 'bytes'): number =>
    carried.reduce((total, one) => total + one[key], 0);
  const each = carried.map(({ ecosystem, count: number }) => `${ecosystem} ${number}`).join(', ');
  const counted = count(sum('count'), 'package');
  return each === '' ? counted : t`${counted} (${each}), ${bytesText(sum('bytes'))}`;
}

/** Returns the stored size in bytes of each layer of a bundle, by digest. */
export function layerSizes({ images }: Pick<BundleManifest, 'images'>): Map<string, number> {
  return new Map(images.flatMap(({ layers }) => layers.map(({ digest, size }) => [digest, size])));
}

function deltasText({
  deltas = [],
  images,
}: Pick<BundleManifest, 'deltas' | 'images'>): string | undefined {
  if (deltas.length === 0) return undefined;
  const sizes = layerSizes({ images });
  const carried = deltas.reduce((sum, { size }) => sum + size, 0);
  // A layer has several for hosts that have different old layers.
  const layers = new Set(deltas.map(({ digest }) => digest));
  const whole = [...layers].reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
  return t`Deltas: ${count(layers.size, 'changed layer')} in ${bytesText(carried)} instead of ${bytesText(whole)}`;
}

function omittedText({
  base,
  omitted,
}: Pick<BundleManifest, 'base' | 'omitted'>): string | undefined {
  if (omitted === undefined) return undefined;
  if (omitted.length === 0) {
    const hosts =
      base === undefined
        ? t`of the inventories`
        : t`that have ${base.product} ${base.version} (${base.digest})`;
    return t`Incremental: for hosts ${hosts}; no layer left out`;
  }
  const bytes = omitted.reduce((sum, { size }) => sum + size, 0);
  const where =
    base === undefined
      ? t`the hosts have them, as their inventories say`
      : t`${base.product} ${base.version} has them (${base.digest})`;
  return t`Incremental: ${count(omitted.length, 'layer')} (${bytesText(bytes)}) left out; ${where}`;
}
