import { canDrawOn } from '../src/shared/terminal/drawing.ts';
import { ProgressLines } from '../src/shared/terminal/progress.ts';
import {
  advance,
  type Phase,
  phaseEndText,
  progressText,
} from '../src/shared/terminal/progress-text.ts';

const MB = 1_000_000;

function phaseOf(
  reports: readonly (readonly [atMs: number, bytes: number])[],
  total?: number,
): Phase {
  let phase: Phase | undefined;
  for (const [at, doneBytes] of reports) {
    const size = total === undefined ? {} : { totalBytes: total };
    phase = advance(phase, { phase: 'saving images', doneBytes, ...size }, at);
  }
  if (phase === undefined) throw new Error('no reports');
  return phase;
}

describe('a line of progress', () => {
  test('shows bytes, speed and time left', () => {
    const phase = phaseOf(
      [
        [0, 0],
        [1000, 100 * MB],
        [2000, 200 * MB],
      ],
      500 * MB,
    );
    expect(progressText(phase, 2000)).toBe(
      'saving images: 200 MB of 500 MB (40%), 100 MB/s, 3s left',
    );
  });

  test('begins with the share where a narrow terminal cuts it', () => {
    const phase = phaseOf([[0, 200 * MB]], 500 * MB);
    const whole = progressText(phase, 0);
    expect(progressText(phase, 0, 19)).toBe(`40% ${whole}`);
    expect(progressText(phase, 0, whole.length)).toBe(whole);
    expect(progressText(phaseOf([[0, 0]]), 0, 5)).toBe('saving images: 0ms so far');
  });

  test('shows the current item, with nothing that acts on a terminal', () => {
    const event = { phase: 'pulling', doneBytes: 5, detail: 'evil\u001b[2J' };
    expect(progressText(advance(undefined, event, 0), 0)).toBe('pulling: 5 B, evil\\u{1b}[2J');
  });

  test('works without a total', () => {
    expect(
      progressText(
        phaseOf([
          [0, 0],
          [2000, 10 * MB],
        ]),
        2000,
      ),
    ).toBe('saving images: 10 MB, 5 MB/s');
  });

  test('counts the time while there are no bytes', () => {
    expect(progressText(phaseOf([[0, 0]]), 7000)).toBe('saving images: 7s so far');
  });

  test('slows down when no report comes', () => {
    const phase = phaseOf(
      [
        [0, 0],
        [1000, 100 * MB],
      ],
      200 * MB,
    );
    expect(progressText(phase, 4000)).toBe(
      'saving images: 100 MB of 200 MB (50%), 25 MB/s, 4s left',
    );
  });

  test('takes the speed from the last seconds', () => {
    const phase = phaseOf(
      [
        [0, 0],
        [60_000, 6 * MB],
        [62_000, 206 * MB],
      ],
      1006 * MB,
    );
    expect(progressText(phase, 62_000)).toContain(' 100 MB/s, 8s left');
  });

  test('starts again when the bytes decrease, as for the next image', () => {
    const phase = phaseOf([
      [0, 0],
      [1000, 90 * MB],
      [2000, 0],
      [3000, 10 * MB],
    ]);
    expect(progressText(phase, 3000)).toBe('saving images: 10 MB, 10 MB/s');
  });

  test('keeps few samples, however many reports come', () => {
    const reports = Array.from({ length: 60_000 }, (_, ms) => [ms, ms] as const);
    expect(phaseOf(reports).samples.length).toBeLessThan(30);
  });
});

describe('the end of a phase', () => {
  test('says how much and how fast', () => {
    const phase = phaseOf([
      [0, 0],
      [4000, 400 * MB],
    ]);
    expect(phaseEndText(phase, 4000)).toBe('saving images: done, 400 MB, 100 MB/s, 4s');
  });

  test('of a short one says nothing', () => {
    expect(phaseEndText(phaseOf([[0, 0]]), 900)).toBeUndefined();
  });
});

describe('without a terminal', () => {
  test('a line is printed every two seconds, however many reports arrive', () => {
    const lines = new ProgressLines();
    const shown = [];
    for (let ms = 0; ms <= 10_000; ms += 10) {
      const due = lines.report({ phase: 'verifying', doneBytes: ms }, ms);
      if (due.length > 0) shown.push(ms);
    }
    expect(shown).toEqual([2000, 4000, 6000, 8000, 10_000]);
  });

  test('a line is printed even without reports', () => {
    const lines = new ProgressLines();
    lines.report({ phase: 'loading', doneBytes: 0 }, 0);
    expect(lines.tick(1900)).toEqual([]);
    expect(lines.tick(2000)).toEqual(['loading: 2s so far']);
    expect(lines.tick(3500)).toEqual([]);
    expect(lines.tick(4000)).toEqual(['loading: 4s so far']);
  });

  test('a new phase ends the previous one, and short phases are silent', () => {
    const lines = new ProgressLines();
    lines.report({ phase: 'saving', doneBytes: 0 }, 0);
    lines.report({ phase: 'saving', doneBytes: 2 * MB }, 2000);
    expect(lines.report({ phase: 'writing', doneBytes: 0 }, 2000)).toEqual([
      'saving: done, 2 MB, 1 MB/s, 2s',
    ]);
    expect(lines.end(2100)).toEqual([]);
  });

  test('many short phases still show a sign of life', () => {
    const lines = new ProgressLines();
    const shown = [];
    for (let ms = 0; ms <= 9000; ms += 500) {
      const due = lines.report({ phase: `pulling ${ms}`, doneBytes: 0 }, ms);
      if (due.length > 0) shown.push(ms);
    }
    expect(shown.length).toBeGreaterThanOrEqual(2);
  });
});

test('a dumb terminal, and one without a size, get plain lines', () => {
  const terminal = { isTTY: true, columns: 80, rows: 24 };
  expect(canDrawOn(terminal, { TERM: 'xterm' })).toBe(true);
  expect(canDrawOn(terminal, {})).toBe(true);
  expect(canDrawOn(terminal, { TERM: 'dumb' })).toBe(false);
  expect(canDrawOn({ ...terminal, columns: 0 }, { TERM: 'xterm' })).toBe(false);
});
