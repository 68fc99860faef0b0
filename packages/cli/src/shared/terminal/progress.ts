import type { ProgressEvent } from '@bundle/format';
import { advance, type Phase, phaseEndText, progressText } from './progress-text.ts';

/** Milliseconds between two plain lines, and between two drawings on a terminal. */
const lineEveryMs = 2000;
const drawEveryMs = 100;

export interface Progress {
  readonly report: (event: ProgressEvent) => void;
  /** Clears the line from a terminal, so that something else can be written; it is soon redrawn. */
  readonly clear: () => void;
  /** Ends the phase; another may begin later. */
  readonly endPhase: () => void;
  /** Ends progress for good; without a closing line unless `finished`, since the phase was not completed. */
  readonly stop: (finished: boolean) => void;
}

export const noProgress: Progress = {
  report: () => undefined,
  clear: () => undefined,
  endPhase: () => undefined,
  stop: () => undefined,
};

/**
 * Decides when a plain line is due: every 2 s during a phase, with or without reports, and at its end. It is told
 * the time, so tests need no clock.
 */
export class ProgressLines {
  readonly #shortestMs: number | undefined;
  #phase: Phase | undefined;
  #lastLineAt: number | undefined;

  /** `shortestMs`: phases that took less get no line. */
  constructor(shortestMs?: number) {
    this.#shortestMs = shortestMs;
  }

  /** Returns the lines to write after a report. */
  report(event: ProgressEvent, now: number): string[] {
    const ended =
      this.#phase !== undefined && this.#phase.event.phase !== event.phase ? this.end(now) : [];
    this.#lastLineAt ??= now;
    this.#phase = advance(this.#phase, event, now);
    return [...ended, ...this.tick(now)];
  }

  /** Returns the lines to write when time has passed. */
  tick(now: number): string[] {
    if (this.#phase === undefined || now - (this.#lastLineAt ?? now) < lineEveryMs) return [];
    this.#lastLineAt = now;
    return [progressText(this.#phase, now)];
  }

  /** Returns the lines to write at the end of a phase. */
  end(now: number): string[] {
    const text =
      this.#phase === undefined ? undefined : phaseEndText(this.#phase, now, this.#shortestMs);
    this.#phase = undefined;
    if (text === undefined) return [];
    this.#lastLineAt = now;
    return [text];
  }
}

/** Shows progress without a terminal, as plain lines. `shortestMs`: phases that took less get no line. */
export function lineProgress(write: (line: string) => void, shortestMs?: number): Progress {
  const lines = new ProgressLines(shortestMs);
  const put = (due: readonly string[]): void => due.forEach(write);
  const timer = setInterval(() => put(lines.tick(performance.now())), 500);
  timer.unref();
  return {
    report: (event) => put(lines.report(event, performance.now())),
    clear: () => undefined,
    endPhase: () => put(lines.end(performance.now())),
    stop: (finished) => {
      clearInterval(timer);
      if (finished) put(lines.end(performance.now()));
    },
  };
}

/** Shows progress on a terminal in one line, redrawn about ten times a second. */
export async function terminalProgress(stream: NodeJS.WriteStream): Promise<Progress> {
  const { createLogUpdate } = await import('log-update');
  const { default: sliceAnsi } = await import('slice-ansi');
  const draw = createLogUpdate(stream);
  let phase: Phase | undefined;
  const timer = setInterval(() => {
    if (phase === undefined) return;
    // Cut to one row: a wrapped line could not be redrawn in place. --verbose shows whole lines.
    const columns = Math.max(stream.columns - 1, 1);
    draw(sliceAnsi(progressText(phase, performance.now(), columns), 0, columns));
  }, drawEveryMs);
  timer.unref();
  const endPhase = (): void => {
    const text = phase === undefined ? undefined : phaseEndText(phase, performance.now());
    phase = undefined;
    draw.clear();
    if (text !== undefined) stream.write(`${text}\n`);
  };
  return {
    report: (event) => {
      if (phase !== undefined && phase.event.phase !== event.phase) endPhase();
      phase = advance(phase, event, performance.now());
    },
    clear: () => draw.clear(),
    endPhase,
    stop: (finished) => {
      clearInterval(timer);
      if (!finished) phase = undefined;
      endPhase();
      draw.done();
    },
  };
}
