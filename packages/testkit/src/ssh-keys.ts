import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** PATH with OpenSSH’s tools: those unpacked by scripts/test, or else the host’s own. */
export const sshPath = [process.env['BUNDLE_SSH_TOOLS'], process.env['PATH']]
  .filter((folder) => folder !== undefined)
  .join(delimiter);

/** Runs one of OpenSSH’s tools (ssh-keygen, ssh-add); fails if it does. `input` is sent to its stdin. */
export async function ssh(
  tool: 'ssh-keygen' | 'ssh-add',
  args: readonly string[],
  { input = '', env = {} }: { input?: string | Buffer; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const running = run(tool, [...args], { env: { ...process.env, ...env, PATH: sshPath } });
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(input);
  const { stdout, stderr } = await running;
  return `${stdout}${stderr}`;
}

/**
 * Makes a key pair without a passphrase; returns the path of the private key. `type` combines the values of `-t` and
 * `-b`: `rsa-3072`.
 */
export async function makeSshKey(folder: string, type: string, name = type): Promise<string> {
  const path = join(folder, name);
  const [kind = '', bits] = type.split('-');
  const size = bits === undefined ? [] : ['-b', bits];
  await ssh('ssh-keygen', ['-q', '-t', kind, ...size, '-N', '', '-C', name, '-f', path]);
  return path;
}

/** Signs bytes and returns the armored signature; `key` may be a public key whose private key is in an agent. */
export async function sshSign(
  key: string,
  namespace: string,
  bytes: string | Buffer,
  more: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const args = ['-Y', 'sign', '-q', '-f', key, '-n', namespace, ...more];
  return ssh('ssh-keygen', args, { input: bytes, env });
}

export interface SshAgent {
  readonly env: { readonly SSH_AUTH_SOCK: string };
  readonly stop: () => Promise<void>;
}

/** Starts an agent that holds no keys. */
export async function startSshAgent(): Promise<SshAgent> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-'));
  const socket = join(folder, 'socket');
  const agent: ChildProcess = spawn('ssh-agent', ['-D', '-a', socket], {
    env: { ...process.env, PATH: sshPath },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // The agent prints its address once it listens.
  await new Promise((resolve, reject) => {
    agent.stdout?.once('data', resolve);
    agent.once('error', reject);
    agent.once('exit', reject);
  });
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => agent.once('exit', resolve));
    agent.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { env: { SSH_AUTH_SOCK: socket }, stop };
}
