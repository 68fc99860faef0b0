import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');

/** Names of scripts/engines; the offline ones have no network but `lo`. */
export const offlineEngines = [
  'offline-28',
  'offline-28-containerd',
  'offline-26',
  'offline-26-containerd',
] as const;
export const connectedEngines = ['connected', 'connected-containerd'] as const;
/** Listens with TLS on loopback and has an SSH server next to it. */
export const remoteEngine = 'remote';
/** podman, with Docker's client and plugins; offline. */
export const podmanEngine = 'podman';
/** The same as an ordinary user. */
export const rootlessPodman = 'podman-rootless';
/** The same of a newer Debian. */
export const newerPodman = 'podman-5';
/** Managers of one swarm, with the addresses 192.168.203.1 to .3 on a network that leads nowhere else. */
export const swarmNodes = ['swarm-1', 'swarm-2', 'swarm-3'] as const;
export type EngineName =
  | (typeof offlineEngines)[number]
  | (typeof connectedEngines)[number]
  | (typeof swarmNodes)[number]
  | `fleet-${number}`
  | typeof remoteEngine
  | typeof podmanEngine
  | typeof newerPodman
  | typeof rootlessPodman;

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts engines that are not up: those that `scripts/test` leaves to the few suites with them. */
export async function startEngines(...engines: readonly EngineName[]): Promise<void> {
  await run(join(root, 'scripts/engines'), ['up', ...engines]);
}

/** Runs a command against an engine, inside its network namespace; returns the exit code instead of throwing. */
export async function onEngine(
  engine: EngineName,
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Output> {
  return outputOf(startOnEngine(engine, command, options));
}

/** Returns everything a process prints until it ends. */
export async function outputOf(child: ChildProcess): Promise<Output> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const code = await exitOf(child);
  return { code, stdout, stderr };
}

export function startOnEngine(
  engine: EngineName,
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): ChildProcess {
  return spawn(join(root, 'scripts/engines'), ['exec', engine, ...command], {
    cwd: options.cwd,
    // Keeps this test from finding exports of another one.
    env: { ...process.env, BUNDLE_LAYER_CACHE: 'off', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Returns the exit code of a process; 128 + 9 and so on if a signal ended it. */
export function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 128)));
  });
}

/** The `bundle` command of this checkout, as a list of words. */
export const bundleCommand: readonly string[] = [join(root, 'scripts/bundle')];

/** Runs `docker` on an engine; fails with its error output. */
export async function docker(engine: EngineName, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await onEngine(engine, ['docker', ...args]);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} on ${engine}: ${stderr}`);
  return stdout.trim();
}

/**
 * Runs an image once without a network, and returns what it printed. `docker run --rm` loses the output of a container
 * that ends before its client listens.
 */
export async function printedBy(engine: EngineName, ...args: string[]): Promise<string> {
  const id = await docker(engine, 'run', '-d', '--pull', 'never', '--network', 'none', ...args);
  try {
    const code = await docker(engine, 'wait', id);
    if (code !== '0') throw new Error(`${args.join(' ')} on ${engine}: exit code ${code}`);
    return await docker(engine, 'logs', id);
  } finally {
    await docker(engine, 'rm', '-fv', id);
  }
}

/** Returns the address of an engine’s socket. */
export async function dockerHost(engine: EngineName): Promise<string> {
  const { stdout } = await run(join(root, 'scripts/engines'), ['env', engine]);
  const host = /DOCKER_HOST=(\S+)/.exec(stdout)?.[1];
  if (host === undefined) throw new Error(`no address for ${engine}`);
  return host;
}

/** Host names under which the SSH server of the remote engine is reached (scripts/lib/remote.sh). */
export type SshHost =
  | 'engine'
  | 'through-jump'
  | 'no-docker'
  | 'unknown-key'
  | 'other-key'
  | 'no-access'
  | 'asks';

/**
 * Returns the SSH address of an engine; needs the environment of `engineEnv(remoteEngine)`, which provides ssh for
 * it.
 */
export async function sshAddress(engine: EngineName, host: SshHost = 'engine'): Promise<string> {
  return `ssh://${host}${join(await engineFolder(engine), 'docker.sock')}`;
}

/** Returns the folder of the programs of Debian's OpenSSH, which the remote engine brings. */
export async function remoteToolsPath(): Promise<string> {
  const { stdout } = await run(join(root, 'scripts/engines'), ['env', remoteEngine]);
  const folder = /[:=]([^:=\s]*\/remote-\d+\/launch)/.exec(stdout)?.[1];
  if (folder === undefined) throw new Error('no folder with programs of OpenSSH');
  return folder;
}

/** Returns the folder of an engine, with its socket, its log, and the certificates and keys of a remote one. */
export async function engineFolder(engine: EngineName): Promise<string> {
  const { stdout } = await run(join(root, 'scripts/engines'), ['env', engine]);
  const config = /DOCKER_CONFIG=(\S+)/.exec(stdout)?.[1];
  if (config === undefined) throw new Error(`no folder for ${engine}`);
  return dirname(config);
}

/** Returns the environment in which docker and its plugins use an engine from outside its network namespace. */
export async function engineEnv(engine: EngineName): Promise<Record<string, string>> {
  const { stdout } = await onEngine(engine, ['env']);
  const entries = stdout.split('\n').map((line) => line.split(/=(.*)/s, 2));
  const tls = ['DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'];
  const wanted = new Set(['PATH', 'HOME', 'DOCKER_CONFIG', 'DOCKER_HOST', ...tls]);
  return Object.fromEntries(entries.filter(([name = '']) => wanted.has(name)));
}

/** The fixture application of this checkout. */
export const fixtureDir = join(root, 'fixtures/llm-chat');
export const fixtureImages = [
  'llm-chat-backend:1.0.0',
  'llm-chat-frontend:1.0.0',
  'llm-chat/nginx:bookworm',
];
