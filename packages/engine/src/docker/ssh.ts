import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { shellWord } from '@bundle/format';
import { execa, type Options, type ResultPromise } from 'execa';
import type { Address } from '../address.ts';
import type { DockerEndpoint } from '../endpoint.ts';
import { idleMs, QuietAgent } from './agents.ts';

// Connects to a remote engine as docker does (docker/cli, connhelper): with this host's ssh, the user's keys, agent,
// known hosts and configuration, and `docker system dial-stdio` on the other side.

/** sshd refuses new connections while ten are logging in (MaxStartups); docker's plugins need some of those ten. */
const maxConnections = 6;

type SshAddress = Extract<Address, { kind: 'ssh' }>;

/**
 * Returns the arguments of ssh. Nobody could answer a prompt here, so BatchMode is on and the session has no terminal.
 */
export function sshArguments({ user, host, port, path }: SshAddress): string[] {
  const socket = path === undefined ? [] : [`--host=unix://${path}`];
  return [
    ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15', '-o', 'ServerAliveInterval=10'],
    ...['-o', 'LogLevel=ERROR', '-T'],
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', port]),
    ...['--', host, ['docker', ...socket, 'system', 'dial-stdio'].map(shellWord).join(' ')],
  ];
}

export class SshAgent extends QuietAgent {
  readonly #open: () => SshConnection;
  readonly #idle = new WeakMap<Duplex, NodeJS.Timeout>();

  constructor(address: SshAddress, env: DockerEndpoint['env']) {
    super({ keepAlive: true, maxSockets: maxConnections });
    this.#open = () => new SshConnection(startSsh(address, env));
  }

  override createConnection(): Duplex {
    return this.#open();
  }

  override keepSocketAlive(connection: Duplex): boolean {
    if (!(connection instanceof SshConnection)) return false;
    connection.holdProcess(false);
    const timer = setTimeout(() => connection.destroy(), idleMs);
    this.#idle.set(connection, timer.unref());
    return true;
  }

  override reuseSocket(connection: Duplex): void {
    clearTimeout(this.#idle.get(connection));
    if (connection instanceof SshConnection) connection.holdProcess(true);
  }
}

type Ssh = ResultPromise<ReturnType<typeof sshOptions>>;

function startSsh(address: SshAddress, env: DockerEndpoint['env']): Ssh {
  return execa('ssh', sshArguments(address), sshOptions(env));
}

function sshOptions(env: DockerEndpoint['env']) {
  return {
    env: { ...env, SSH_ASKPASS_REQUIRE: 'never' },
    extendEnv: false,
    detached: true,
    buffer: { stdout: false, stderr: true },
    encoding: 'utf8',
  } as const satisfies Options;
}

/**
 * One ssh process as the stream that carries HTTP. It fails with the ExecaError of the command, which has its output.
 */
class SshConnection extends Duplex {
  readonly #ssh: Ssh;

  constructor(ssh: Ssh) {
    super();
    this.#ssh = ssh;
    ssh.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) ssh.stdout.pause();
    });
    // The reason is known only when ssh has ended.
    ssh.stdin.on('error', () => undefined);
    ssh.then(
      () => this.push(null),
      (error: Error) => this.destroy(error),
    );
  }

  override _read(): void {
    this.#ssh.stdout.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    this.#ssh.stdin.write(chunk, (error) => {
      if (!error) done();
    });
  }

  override _final(done: () => void): void {
    this.#ssh.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#ssh.kill();
    done(error);
  }

  /** Sets whether ssh keeps this process alive; an idle connection must not. */
  holdProcess(hold: boolean): void {
    const { stdin, stdout, stderr } = this.#ssh;
    const pipes = [stdin, stdout, stderr].filter((pipe) => pipe instanceof Socket);
    for (const part of [this.#ssh.nodeChildProcess, ...pipes]) {
      if (hold) part.ref();
      else part.unref();
    }
  }
}
