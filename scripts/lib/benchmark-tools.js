// What the measurements of scripts/benchmark have in common: commands on an engine, timed as whole processes.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const say = (text) => process.stderr.write(`${text}\n`);

/** Runs a shell script on an engine; seconds, and what it wrote to stderr. */
export function measure(engine, script) {
  const started = process.hrtime.bigint();
  const command = ['exec', engine, 'sh', '-c', script];
  const { status, stderr } = spawnSync(join(root, 'scripts/engines'), command, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (status !== 0) throw new Error(`${script}\n${stderr}`);
  return { seconds, stderr };
}

export const on = (engine, ...args) =>
  execFileSync(join(root, 'scripts/engines'), ['exec', engine, ...args], { encoding: 'utf8' });

export const median = (numbers) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Median (minimum–maximum), in seconds. */
export const cell = (times) =>
  `${median(times).toFixed(2)} (${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)})`;
