import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, type Finished, type StartOptions } from './run-bundle.ts';

/** What a run of the command took. */
export interface Measured extends Finished {
  /** Seconds of CPU, of all threads: a busy machine takes longer, but not more of them. */
  readonly cpuSeconds: number;
  /** The most memory at a time. */
  readonly megabytes: number;
}

/** Not `maxRSS`, which counts the memory of whatever started the process as well. */
const measuring = `process.on('exit', () => {
  const { readFileSync, writeFileSync } = require('node:fs');
  const [, kilobytes] = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'));
  const { user, system } = process.cpuUsage();
  writeFileSync(process.env.MEASURED, JSON.stringify([(user + system) / 1e6, kilobytes / 1024]));
});`;

/** As scripts/bundle starts it; NODE_OPTIONS may not set the least room. */
const asStarted = ['--max-semi-space-size=16'];

/** Runs the command, with more options for Node.js, and measures it. */
export async function measured(
  args: readonly string[],
  { cwd = '/', env = {} }: StartOptions,
  ...nodeOptions: readonly string[]
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'measured-'));
  try {
    const [script, result] = [join(folder, 'measure.cjs'), join(folder, 'result')];
    await writeFile(script, measuring);
    const NODE_OPTIONS = [...asStarted, '--require', script, ...nodeOptions].join(' ');
    const finished = await bundle(args, { cwd, env: { ...env, NODE_OPTIONS, MEASURED: result } });
    const [cpuSeconds, megabytes] = JSON.parse(await readFile(result, 'utf8'));
    return { ...finished, cpuSeconds, megabytes };
  } finally {
    await rm(folder, { recursive: true });
  }
}
