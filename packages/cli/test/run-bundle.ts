import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const main = join(import.meta.dirname, '../bin/bundle.cjs');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Text to type once another text has been shown. */
export interface Typed {
  readonly after: string;
  readonly keys: string;
}

/** Uses only these variables, so that settings of the machine change nothing. */
function environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    BUNDLE_LAYER_CACHE: 'off',
    LC_ALL: 'C.UTF-8',
    ...env,
  };
}

export function startBundle(
  args: readonly string[],
  { cwd = '/', env }: StartOptions = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--', main, ...args], { cwd, env: environment(env) });
}

/** A shell command where "$@" stands for the command with its arguments. */
export function startInShell(
  shellCommand: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const words = ['-c', shellCommand, 'sh', process.execPath, '--', main, ...args];
  return spawn('/bin/sh', words, { cwd: '/', env: environment(env) });
}

/** Runs the command as a user does, without a terminal. */
export function bundle(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  return finished(startBundle(args, options));
}

/** Runs the command on a terminal provided by `script` of util-linux; stdout and stderr are combined. */
export function bundleOnTerminal(
  args: readonly string[],
  { cwd = '/', env, typed = [] }: StartOptions & { readonly typed?: Typed | readonly Typed[] } = {},
): Promise<Finished> {
  const child = startOnTerminal(args, { cwd, ...(env === undefined ? {} : { env }) });
  typeIn(child, [typed].flat()).then(
    () => child.stdin.end(),
    () => undefined,
  );
  return finished(child);
}

async function typeIn(
  { stdin, stdout }: ChildProcessWithoutNullStreams,
  typed: readonly Typed[],
): Promise<void> {
  // All listen from the beginning: the next text may arrive in the same chunk.
  const shown = typed.map(({ after }) => shows(stdout, after));
  for (const [index, { keys }] of typed.entries()) {
    await shown[index];
    stdin.write(keys);
  }
}

/** `inside`: a command that runs the rest of its line, such as `nsenter`. */
export function startOnTerminal(
  args: readonly string[],
  { cwd = '/', env, inside = [] }: StartOptions & { readonly inside?: readonly string[] } = {},
): ChildProcessWithoutNullStreams {
  const command = [...inside, process.execPath, '--', main, ...args]
    .map((word) => `'${word}'`)
    .join(' ');
  return spawn('script', ['-qefc', `stty cols 100 rows 30; exec ${command}`, '/dev/null'], {
    cwd,
    env: environment({ TERM: 'xterm-256color', SHELL: '/bin/sh', ...env }),
    timeout: 300_000,
  });
}

/** A dialogue on a terminal: waits for text, starting after the previous match, and types. */
export class Talk {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly result: Promise<Finished>;
  #shown = '';
  #read = 0;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.result = finished(child);
    child.stdout.on('data', (chunk: Buffer) => {
      this.#shown += stripVTControlCharacters(chunk.toString('utf8'));
    });
  }

  /** Returns the output up to and including the text, without escape sequences. */
  async shows(text: string): Promise<string> {
    const end = Date.now() + 30_000;
    for (;;) {
      const at = this.#shown.indexOf(text, this.#read);
      if (at >= 0) {
        const seen = this.#shown.slice(this.#read, at + text.length);
        this.#read = at + text.length;
        return seen;
      }
      if (this.#child.exitCode !== null || Date.now() > end) {
        this.#child.kill();
        throw new Error(`never showed ${text}: ${this.#shown}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Answers a question; the question is redrawn before it is marked as answered. */
  async answer(keys: string): Promise<void> {
    this.type(`${keys}\r`);
    await this.shows('✔');
    await this.shows('\n');
  }
}

export function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Waits until a stream has shown a text. */
export function shows(stream: NodeJS.ReadableStream, text: string): Promise<void> {
  let seen = '';
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      seen += chunk.toString('utf8');
      if (seen.includes(text)) resolve();
    });
    stream.on('end', () => reject(new Error(`never showed ${text}, but: ${seen}`)));
  });
}
