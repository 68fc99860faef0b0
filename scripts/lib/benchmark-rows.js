// Options of scripts/benchmark, comparison of two sides, and output of the figures.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { cell, measure, median, say } from './benchmark-tools.js';

/**
 * Parses the options of all measurements; some measurements do not use all of them. `more` are options that only the
 * script passes on, and other defaults.
 */
export function readOptions(more = {}) {
  const { values } = parseArgs({
    options: {
      source: { type: 'string' },
      target: { type: 'string' },
      work: { type: 'string' },
      runs: { type: 'string', default: '3' },
      size: { type: 'string', default: '1000' },
      store: { type: 'string', default: 'graph-driver' },
      json: { type: 'string' },
      only: { type: 'string', default: '' },
      ...more,
    },
  });
  return { ...values, runs: Number(values.runs), size: Number(values.size) };
}

export const rowOf = (row) => ({ ...row, ratio: median(row.bundle) / median(row.theirs) });

/**
 * Measures both sides of each plan alternately, in reverse order every other round, so that neither side always comes
 * second. In a plan, `ours` and `theirs` are `{engine, script, before}`; `beforeAll`, `beforeRound` and `before` are
 * not measured.
 */
export function comparePlans(plans, { runs, size, only }) {
  return plans
    .filter(({ name }) => name.startsWith(only))
    .flatMap((plan) => {
      const { name, bound, beforeAll, beforeRound, before, ours, theirs } = plan;
      say(`Measuring ${name}…`);
      beforeAll?.();
      const sides = { bundle: ours, ...theirs };
      const taken = Object.fromEntries(Object.keys(sides).map((key) => [key, []]));
      const measureSide = ([key, side], run) => {
        // These take minutes each: measure them once, and not with many images.
        if (side.once && (run > 0 || size > 2000)) return;
        (side.before ?? before)?.();
        try {
          taken[key].push(measure(side.engine, side.script).seconds);
        } catch (error) {
          if (!side.once) throw error;
          say(`  ${key} fails: ${error.message}`);
        }
      };
      for (let run = 0; run < runs; run += 1) {
        beforeRound?.(run);
        const all = Object.entries(sides);
        for (const side of run % 2 === 0 ? all : all.toReversed()) measureSide(side, run);
      }
      return Object.keys(theirs)
        .filter((key) => taken[key].length > 0)
        .map((key, index) => {
          const row = rowOf({
            ...{ what: name, against: key, bundle: taken.bundle, theirs: taken[key] },
            ...(index === 0 && bound !== undefined ? { bound } : {}),
          });
          say(`  ${key}: ${row.ratio.toFixed(2)}${bound ? ` (bound ${bound})` : ''}`);
          return row;
        });
    });
}

/** Prints rows as a table, followed by notes. */
export function printRows({ size, store, runs }, rows, ...more) {
  const table = [
    '| what | bundle, s | against | s | ratio | bound |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      (row) =>
        `| ${row.what} | ${cell(row.bundle)} | ${row.against.replaceAll('|', '\\|')} | ${cell(row.theirs)} | ${row.ratio.toFixed(3)} | ${row.bound ?? ''} |`,
    ),
  ];
  const rounds = runs === 1 ? 'one round' : `${runs} rounds, medians (min–max)`;
  const text = [...(rows.length === 0 ? [] : [table.join('\n')]), ...more].join('\n\n');
  const what = size === undefined ? 'The fixture' : `${size} MB of images`;
  process.stdout.write(`${what}, ${store}, ${rounds}\n\n${text}\n`);
}

/** Writes measurements to a file that several calls share; repeated ones replace earlier ones. */
export function publishRows({ size, store, runs, json }, rows) {
  if (json === undefined) return;
  const before = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : [];
  const taken = rows.map((row) => ({ size, store, runs, ...row }));
  const key = (one) => [one.size, one.store, one.what, one.against].join();
  const kept = before.filter((old) => !taken.some((one) => key(one) === key(old)));
  writeFileSync(json, `${JSON.stringify([...kept, ...taken], null, 1)}\n`);
}
