import type { ProgressEvent } from '@bundle/format';
import stringWidth from 'fast-string-width';
import prettyBytes from 'pretty-bytes';
import prettyMilliseconds from 'pretty-ms';
import { t, translated } from '../text/text.ts';
import { visible } from './escape.ts';

/** Window for the speed: the last few seconds, so that the time left reflects what is happening now. */
const windowMs = 6000;
const sampleEveryMs = 250;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

/** State of one phase, from which its line of text is made. */
export interface Phase {
  readonly event: ProgressEvent;
  readonly startedAt: number;
  /** Oldest first, from the start of the window to the last report. */
  readonly samples: readonly Sample[];
}

/** Returns the phase after one more report; `now` is in milliseconds. */
export function advance(phase: Phase | undefined, event: ProgressEvent, now: number): Phase {
  const sample = { at: now, bytes: event.doneBytes };
  if (phase === undefined || phase.event.phase !== event.phase) {
    return { event, startedAt: now, samples: [sample] };
  }
  const recent = phase.samples.filter(({ at }) => now - at <= windowMs);
  const last = recent.at(-1);
  const previous = recent.at(-2);
  // A report soon after the last one replaces it.
  const crowded =
    last !== undefined && previous !== undefined && last.at - previous.at < sampleEveryMs;
  // With fewer bytes than before, the phase has begun again, for instance for the next image.
  const restarted = last !== undefined && event.doneBytes < last.bytes;
  const kept = restarted ? [] : crowded ? recent.slice(0, -1) : recent;
  return { event, startedAt: phase.startedAt, samples: [...kept, sample] };
}

/**
 * Returns a line such as `saving images: 182 MB of 457 MB (40%), 95 MB/s, 3s left, shop-api:latest`. In a line that has
 * more columns, `40%` comes first, so that it stays when the line is cut.
 */
export function progressText(
  { event, startedAt, samples }: Phase,
  now: number,
  columns = Number.POSITIVE_INFINITY,
): string {
  const { phase, doneBytes, totalBytes, detail } = event;
  const total = totalBytes !== undefined && totalBytes > 0 ? totalBytes : undefined;
  const first = samples[0];
  const elapsed = first === undefined ? 0 : now - first.at;
  const bytesPerMs = first === undefined || elapsed < 500 ? 0 : (doneBytes - first.bytes) / elapsed;
  const parts: string[] = [];
  const percent =
    total === undefined ? undefined : Math.floor((Math.min(doneBytes, total) / total) * 100);
  if (total !== undefined && percent !== undefined) {
    parts.push(t`${prettyBytes(doneBytes)} of ${prettyBytes(total)} (${percent}%)`);
  } else if (doneBytes > 0) {
    parts.push(prettyBytes(doneBytes));
  }
  if (bytesPerMs > 0) parts.push(speed(bytesPerMs));
  if (total !== undefined && bytesPerMs > 0 && doneBytes < total) {
    const seconds = Math.ceil((total - doneBytes) / bytesPerMs / 1000);
    parts.push(t`${duration(seconds * 1000)} left`);
  }
  if (parts.length === 0 || (bytesPerMs === 0 && now - startedAt >= 1000)) {
    parts.push(t`${duration(now - startedAt)} so far`);
  }
  if (detail) parts.push(visible(detail));
  const text = t`${visible(translated(phase))}: ${parts.join(t`, `)}`;
  return percent === undefined || stringWidth(text) <= columns ? text : `${percent}% ${text}`;
}

/** Returns the line at the end of a phase; undefined when it was too short to report. */
export function phaseEndText(
  { event, startedAt }: Phase,
  now: number,
  shortestMs = 1000,
): string | undefined {
  const elapsed = now - startedAt;
  if (elapsed < shortestMs) return undefined;
  const { phase, doneBytes } = event;
  const bytes =
    doneBytes === 0
      ? ''
      : `${prettyBytes(doneBytes)}, ${speed(doneBytes / Math.max(elapsed, 1))}, `;
  return t`${visible(translated(phase))}: done, ${bytes}${duration(elapsed)}`;
}

function speed(bytesPerMs: number): string {
  return `${prettyBytes(Math.round(bytesPerMs * 1000))}/s`;
}

export function duration(ms: number): string {
  return prettyMilliseconds(Math.max(ms, 0), ms < 10_000 ? {} : { secondsDecimalDigits: 0 });
}
