// Commands on a private engine, side by side: an engine's environment is asked for once.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
/** The command; of another checkout when CORPUS_COMMAND names it. */
export const bundle = process.env.CORPUS_COMMAND ?? join(root, 'scripts/bundle');
const engines = join(root, 'scripts/engines');

/** Runs a command; its code and what it printed. `timeout` in milliseconds ends it by SIGKILL. */
export function run([command, ...args], { env = process.env, cwd, timeout = 120_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: cwd === undefined ? env : { ...env, PWD: cwd },
      cwd,
      timeout,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 137, stdout, stderr }));
  });
}

/** What makes a command run against an engine, in its network. */
export async function engineOf(name) {
  const { code, stdout, stderr } = await run([engines, 'exec', name, 'env', '-0']);
  if (code !== 0) throw new Error(stderr);
  const entries = stdout.split('\0').filter((line) => line !== '');
  const env = Object.fromEntries(entries.map((line) => line.split(/=(.*)/s, 2)));
  const netns = (await run([engines, 'exec', name, 'ip', 'netns', 'identify'])).stdout.trim();
  const enter = netns === '' ? [] : ['nsenter', `--net=/run/netns/${netns}`];
  const on = (command, { env: more = {}, ...options } = {}) =>
    run([...enter, ...command], {
      ...options,
      env: { ...env, BUNDLE_LAYER_CACHE: 'off', ...more },
    });
  /** The same, for what has to succeed: its output. */
  const must = async (command, options) => {
    const output = await on(command, options);
    if (output.code !== 0)
      throw new Error(`${command.join(' ')}: ${output.stderr}${output.stdout}`);
    return output.stdout;
  };
  return { name, on, must };
}
