// Prints a line for each row of packages/cli/test/faults/rows.json from jest's reports in a folder: row, what, outcome,
// seconds, tests. Exits with 1 if a row failed, or has no test and is not marked as open. Sums up the kills and disks
// that tests have logged there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const read = (name) =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined;
const linesOf = (name) =>
  (read(name) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const families = JSON.parse(
  readFileSync(new URL('../../packages/cli/test/faults/rows.json', import.meta.url), 'utf8'),
);

const tests = ['plain.json', 'engine.json'].flatMap((name) => {
  const text = read(name);
  return text === undefined
    ? []
    : JSON.parse(text).testResults.flatMap(({ assertionResults, message, name: file, status }) =>
        assertionResults.length > 0 || status === 'passed'
          ? assertionResults
          : [{ fullName: `rows 0: ${file}: ${message}`, status: 'failed', duration: 0 }],
      );
});

/** The rows that a test is named after: "row 8:", "rows 41 and 42:", "rows 2 to 5:". */
function rowsOf(name) {
  return [...name.matchAll(/\brows? (\d+(?:(?:, | and | to )\d+)*)/g)].flatMap(([, list]) =>
    list.split(/, | and /).flatMap((part) => {
      const [first, last = first] = part.split(' to ').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    }),
  );
}

/** Imports of a bad bundle against a stand-in for Docker that records; the tests fail on a request that changes it. */
const imports = linesOf('calls');

let bad = 0;
for (const [family, rows] of Object.entries(families)) {
  process.stdout.write(`${family}\n`);
  for (const [row, what, open] of rows) {
    const own = tests.filter(({ fullName }) => rowsOf(fullName).includes(row));
    const ran = own.filter(({ status }) => status === 'passed' || status === 'failed');
    const failed = ran.filter(({ status }) => status === 'failed');
    const outcome =
      failed.length > 0
        ? 'FAILED'
        : ran.length > 0
          ? 'ok'
          : own.length > 0
            ? 'not run'
            : (open ?? 'NO TEST');
    if (outcome === 'FAILED' || outcome === 'NO TEST') bad += 1;
    const seconds = ran.reduce((sum, { duration }) => sum + (duration ?? 0), 0) / 1000;
    const count = `${ran.length} test${ran.length === 1 ? '' : 's'}`;
    const recorded = imports.filter(({ test }) => rowsOf(test).includes(row)).length;
    const changing = recorded === 0 ? '' : `, no changing request in ${recorded} imports`;
    process.stdout.write(
      `  ${String(row).padStart(2)}  ${what.padEnd(60)} ${outcome.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${count}${changing}\n`,
    );
    for (const { fullName } of failed) process.stdout.write(`        ${fullName}\n`);
  }
}
const unread = tests.filter(({ fullName }) => rowsOf(fullName).includes(0));
for (const { fullName } of unread) process.stdout.write(`${fullName}\n`);

const kills = linesOf('kills');
if (kills.length > 0) {
  const groups = Map.groupBy(kills, ({ victim, work }) => `${victim} | ${work}`);
  process.stdout.write(
    '\n| victim | work | kills | of them in a recovery | points | outcomes |\n|---|---|---|---|---|---|\n',
  );
  for (const [key, group] of groups) {
    const again = group.filter(({ recovering }) => recovering).length;
    const points = new Set(group.map(({ point }) => point)).size;
    const outcomes = [...Map.groupBy(group, ({ outcome }) => outcome)]
      .map(([outcome, { length }]) => `${length} ${outcome}`)
      .join(', ');
    process.stdout.write(`| ${key} | ${group.length} | ${again} | ${points} | ${outcomes} |\n`);
  }
  process.stdout.write(`${kills.length} kills\n`);
}
const disks = linesOf('disks');
if (disks.length > 0) {
  process.stdout.write(
    '\n| place | file system | short of | steps | refused, nothing changed | done |\n|---|---|---|---|---|---|\n',
  );
  for (const { kind, limit, name, outcomes } of disks) {
    const done = outcomes.filter((outcome) => outcome.endsWith(': 0')).length;
    process.stdout.write(
      `| ${name} | ${kind} | ${limit} | ${outcomes.length} | ${outcomes.length - done} | ${done} |\n`,
    );
  }
}
process.exitCode = bad + unread.length > 0 ? 1 : 0;
