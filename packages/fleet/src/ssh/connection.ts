import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BundleError } from '@bundle/format';
import { execa, type Options } from 'execa';
import type { Host } from '../hosts/host.ts';
import { mark, masterArguments, sessionArguments } from './arguments.ts';
import { unreachable } from './failure.ts';

/** What a host answers is small: inventories of thousands of layers have some megabytes. */
const maxAnswerBytes = 64 * 1024 * 1024;
/** How ssh ends when it has no connection, or no longer. */
const lostCode = 255;

/** End of a command on a host. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly words?: readonly string[];
  /** Bytes for its standard input; absent: none. */
  readonly input?: AsyncIterable<Buffer> | Iterable<Buffer>;
  /** Ends the command by cutting its session. */
  readonly signal?: AbortSignal;
}

/** One connection to a host, which all commands on it share. */
export interface Connection {
  readonly host: Host;
  /** Runs a script of the POSIX shell. Fails with `host-unreachable` if the connection is lost. */
  readonly run: (script: string, options?: CommandOptions) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/**
 * Connects to a host with the person's own ssh. `socket` is the path of its shared connection, in a private folder.
 * Fails with `host-unreachable`.
 */
export async function connect(
  host: Host,
  socket: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Connection> {
  const master = execa('ssh', masterArguments(host, socket), {
    ...sshOptions(env),
    stdin: 'pipe',
    buffer: { stdout: false, stderr: true },
  });
  const stop = (): void => {
    master.kill();
  };
  signal.addEventListener('abort', stop);
  // Its end is seen where somebody uses the connection.
  const ended = master.then(
    () => undefined,
    (error: unknown) => error,
  );
  let isReady = false;
  let seen = '';
  for await (const chunk of master.stdout as AsyncIterable<Buffer>) {
    seen = (seen + chunk.toString('latin1')).slice(-4096);
    isReady = seen.includes(`${mark}\n`);
    if (isReady) break;
  }
  // From here on the connection stays when the deployment is asked to stop: hosts end what they began.
  signal.removeEventListener('abort', stop);
  if (!isReady) {
    const error = await ended;
    signal.throwIfAborted();
    throw unreachable(host, stderrOf(error), error);
  }
  master.stdout.resume();
  const close = async (): Promise<void> => {
    master.stdin.end();
    const timer = setTimeout(() => master.kill(), 2000);
    await ended;
    clearTimeout(timer);
  };
  return { host, run: (script, options) => runOn(host, socket, env, script, options), close };
}

async function runOn(
  host: Host,
  socket: string,
  env: NodeJS.ProcessEnv,
  script: string,
  { words = [], input, signal }: CommandOptions = {},
): Promise<Answer> {
  const child = execa('ssh', sessionArguments(host, socket, script, words), {
    ...sshOptions(env),
    stdin: input === undefined ? 'ignore' : 'pipe',
    maxBuffer: maxAnswerBytes,
    reject: false,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  let cause: unknown;
  if (input !== undefined && child.stdin !== null) {
    // The host may end first, with a full disk: its own words say more than the broken pipe.
    await pipeline(Readable.from(input, { objectMode: false }), child.stdin).catch(
      (error: unknown) => {
        if (error instanceof BundleError) {
          cause = error;
          child.kill();
        }
      },
    );
  }
  const { exitCode, stdout, stderr } = await child;
  signal?.throwIfAborted();
  if (cause !== undefined) throw cause;
  if (exitCode === undefined || exitCode === lostCode) throw unreachable(host, stderr);
  const start = stdout.indexOf(`${mark}\n`);
  return {
    code: exitCode,
    stdout: start === -1 ? '' : stdout.slice(start + mark.length + 1),
    stderr,
  };
}

function sshOptions(env: NodeJS.ProcessEnv) {
  return {
    env: { ...env, SSH_ASKPASS_REQUIRE: 'never' },
    extendEnv: false,
    // Ctrl-C is for the deployment, which then ends its commands in order.
    detached: true,
    encoding: 'utf8',
    stripFinalNewline: false,
  } as const satisfies Options;
}

function stderrOf(error: unknown): string {
  return error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
}
