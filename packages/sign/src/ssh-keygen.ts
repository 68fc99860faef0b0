import { BundleError, type Environment } from '@bundle/format';
import { ExecaError, execa } from 'execa';

export interface KeygenContext {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/**
 * Signs bytes with the host's own ssh-keygen, for the purpose that `namespace` names; returns the armored signature. `key`: path of a
 * private key, or of a public key whose private half is held by an agent or a FIDO authenticator. ssh-keygen itself
 * asks for passphrases on the terminal. Fails with `signing-failed`.
 */
export async function signBytes(
  bytes: Buffer,
  key: string,
  namespace: string,
  { env, signal }: KeygenContext,
): Promise<string> {
  const args = ['-Y', 'sign', '-q', '-f', key, '-n', namespace];
  return run(args, { key, env, signal, input: bytes });
}

/**
 * Makes an Ed25519 key pair: `path` and `path.pub`. ssh-keygen asks for a passphrase on the terminal, unless the key is
 * to have none. Fails with `signing-failed`.
 */
export async function makeKey(
  path: string,
  passphrase: 'ask' | 'none',
  context: KeygenContext,
): Promise<void> {
  const none = passphrase === 'none' ? ['-N', ''] : [];
  const args = ['-q', '-t', 'ed25519', ...none, '-f', path];
  await run(args, { ...context, key: path });
}

interface Run extends KeygenContext {
  readonly key: string;
  readonly input?: Buffer;
}

async function run(args: readonly string[], { key, env, signal, input }: Run): Promise<string> {
  try {
    const { stdout } = await execa('ssh-keygen', args, {
      env,
      extendEnv: false,
      cancelSignal: signal,
      stripFinalNewline: false,
      // Shows the prompt to touch a key, and keeps the reason of a failure.
      stderr: ['pipe', 'inherit'],
      ...(input === undefined ? { stdin: 'inherit' as const } : { input }),
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    signal.throwIfAborted();
    const isMissing = error.code === 'ENOENT';
    throw new BundleError('signing-failed', {
      operation: 'running ssh-keygen with the key',
      subject: key,
      expected: isMissing ? 'ssh-keygen of OpenSSH 8.1 or later' : 'exit code 0',
      found: isMissing ? 'no such command' : String(error.stderr).trim() || error.shortMessage,
      hint: isMissing
        ? 'Install OpenSSH’s client (Debian: apt install openssh-client).'
        : 'Give the path of a private key, or of a public key whose private half is in ssh-agent.',
      cause: error,
    });
  }
}
