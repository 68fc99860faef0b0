import { spawn } from 'node:child_process';
import { BundleError, type Environment } from '@bundle/format';
import { z } from 'zod';

/** Longest answer of a helper in bytes; tokens have some kB. */
const maxAnswerBytes = 256 * 1024;

const answerSchema = z.looseObject({ Username: z.string(), Secret: z.string() });

export type HelperAnswer = z.output<typeof answerSchema>;

/**
 * Asks `docker-credential-NAME` for the credentials of a registry; undefined if it has none. Fails with
 * `registry-denied` if the program is missing, fails or does not answer in time. Its output is never shown, because it
 * may hold the password.
 */
export async function askHelper(
  name: string,
  key: string,
  options: { readonly env: Environment; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<HelperAnswer | undefined> {
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name)) throw helperError(program, key, 'a name that is not a program');
  const { code, output, problem } = await run(program, key, options);
  if (problem !== undefined) throw helperError(program, key, problem);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw helperError(program, key, `an exit with code ${code}`);
  }
  try {
    return answerSchema.parse(JSON.parse(output));
  } catch {
    throw helperError(program, key, 'an answer that is not valid');
  }
}

interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly problem?: string;
}

function run(
  program: string,
  key: string,
  {
    env,
    timeoutMs,
    signal,
  }: { readonly env: Environment; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(program, ['get'], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (result: Omit<Run, 'output'>): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      // Its own children may keep the pipes open.
      child.stdout.destroy();
      child.stdin.destroy();
      resolve({ ...result, output: Buffer.concat(chunks).toString('utf8') });
    };
    const kill = (problem: string): void => {
      child.kill('SIGKILL');
      end({ code: null, problem });
    };
    const stop = (): void => kill('an interruption');
    const timer = setTimeout(
      () => kill(`no answer for ${Math.ceil(timeoutMs / 1000)} s`),
      timeoutMs,
    );
    signal.addEventListener('abort', stop, { once: true });
    child.on('error', () => end({ code: null, problem: 'no such program on PATH' }));
    // A helper may end without reading what it was asked.
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxAnswerBytes) kill('an answer that is too long');
    });
    child.on('close', (code) => end({ code }));
    child.stdin.end(`${key}\n`);
  });
}

function helperError(program: string, key: string, found: string): BundleError {
  return new BundleError('registry-denied', {
    operation: 'asking for the credentials of',
    subject: key,
    expected: `an answer of ${program}, which the docker configuration names`,
    found,
    hint: `Try \`echo ${key} | ${program} get\`. If you do not use that program, take it out of credsStore and credHelpers in ~/.docker/config.json.`,
  });
}
