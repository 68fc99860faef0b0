// Shared by the measurements of scripts/benchmark: runs commands on an engine, timed as whole processes.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const say = (text) => process.stderr.write(`${text}\n`);

/**
 * Environments for running commands against engines. Each is looked up once, so that short commands are not measured
 * together with the lookup.
 */
const places = new Map();
function placeOf(engine) {
  const known = places.get(engine);
  if (known !== undefined) return known;
  const lines = on(engine, 'env', '-0')
    .split('\0')
    .filter((line) => line !== '');
  const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2)));
  const netns = on(engine, 'ip', 'netns', 'identify').trim();
  const place = { env, enter: netns === '' ? [] : ['nsenter', `--net=/run/netns/${netns}`] };
  places.set(engine, place);
  return place;
}

/** Runs a shell script on an engine; returns the seconds and its stderr. */
export function measure(engine, script) {
  const { env, enter } = placeOf(engine);
  const [command, ...args] = [...enter, 'sh', '-c', script];
  // Flush earlier writes to disk, so that no command waits for another's bytes.
  execFileSync('sync');
  const started = process.hrtime.bigint();
  const { status, stderr } = spawnSync(command, args, {
    env,
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

/** Formats the median (minimum–maximum) in seconds. */
export const cell = (times) =>
  `${median(times).toFixed(2)} (${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)})`;

/** Measures a command's peak memory (of its largest process) and the files that it wrote to, except its own. */
export function watch(engine, script, own) {
  const node = join(root, 'scripts/node');
  const { stderr } = measure(
    engine,
    `${node} ${join(root, 'scripts/lib/peak-memory.js')} ${script}`,
  );
  const { peakKb, written } = JSON.parse(stderr.trim().split('\n').at(-1));
  const strays = written.filter((path) => !own.some((start) => path.startsWith(start)));
  return { megabytes: Math.round(peakKb / 1024), strays };
}
