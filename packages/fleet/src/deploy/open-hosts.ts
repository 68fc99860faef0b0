import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, temporaryRoot } from '@bundle/files';
import { BundleError, type ErrorCode } from '@bundle/format';
import pLimit from 'p-limit';
import type { Host } from '../hosts/host.ts';
import { type Connection, connect } from '../ssh/connection.ts';

/** Longest folder that leaves room for a mark, a number and what ssh adds, below 104 characters. */
const maxRootLength = 24;

/** What came of asking all hosts: an answer for each, or why there is none. */
export interface Asked<T> {
  readonly host: Host;
  readonly answer?: T;
  readonly error?: BundleError;
}

/** The name of a socket has some hundred characters at most, and ssh adds to it: a long TMPDIR does not fit. */
function socketRoot(): string {
  const root = temporaryRoot();
  return root.length > maxRootLength ? '/tmp' : root;
}

/** Connections to hosts, made when they are needed and again when they are lost. */
export class Connections {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #open = new Map<string, Connection>();
  #count = 0;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#env = env;
  }

  /** Runs `work` with connections, and closes them all at its end. */
  static async use<T>(env: NodeJS.ProcessEnv, work: (all: Connections) => Promise<T>): Promise<T> {
    // Only this account may enter the folder: who can reach the socket is logged in everywhere.
    const folder = await makeTemporaryFolder('bd-', socketRoot());
    const all = new Connections(folder, env);
    try {
      return await work(all);
    } finally {
      await Promise.all([...all.#open.values()].map((one) => one.close()));
      await rm(folder, { recursive: true, force: true });
    }
  }

  async to(host: Host, signal: AbortSignal): Promise<Connection> {
    const open = this.#open.get(host.name);
    if (open !== undefined) return open;
    const socket = join(this.#folder, String(this.#count++));
    const connection = await connect(host, socket, this.#env, signal);
    this.#open.set(host.name, connection);
    return connection;
  }

  /** Closes the connection to a host; the next use makes another. */
  async drop({ name }: Host): Promise<void> {
    const open = this.#open.get(name);
    this.#open.delete(name);
    await open?.close();
  }
}

/** Asks hosts, a few at a time; a host that cannot answer does not keep the others from it. */
export async function askAll<T>(
  hosts: readonly Host[],
  parallel: number,
  ask: (host: Host) => Promise<T>,
): Promise<readonly Asked<T>[]> {
  const limit = pLimit(parallel);
  return Promise.all(
    hosts.map((host) =>
      limit(async (): Promise<Asked<T>> => {
        try {
          return { host, answer: await ask(host) };
        } catch (error) {
          if (!(error instanceof BundleError)) throw error;
          return { host, error };
        }
      }),
    ),
  );
}

/** Makes one error of those of several hosts: the first, with what the others said. */
export function joined(errors: readonly BundleError[], hint: string): BundleError {
  const [first, ...more] = errors;
  if (first === undefined) throw new Error('no error to join');
  const code: ErrorCode = first.code;
  const { operation, subject, expected, found } = first.details;
  const hints = new Set(errors.flatMap(({ details }) => details.hint ?? []));
  const others = more.map(({ message }) => `; ${message}`).join('');
  return new BundleError(code, {
    operation,
    ...(subject === undefined ? {} : { subject }),
    ...(expected === undefined ? {} : { expected }),
    found: `${found ?? first.message}${others}`,
    hint: [...hints, hint].join(' '),
    cause: first,
  });
}
