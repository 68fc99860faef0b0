import type { BundleError, OnProgress } from '@bundle/format';
import type { Colours } from './shared/terminal/colours.ts';

/** Result of a command, rendered the same way for all commands. */
export interface Outcome {
  /** The document that --json prints; absent where `print` has printed all of them. */
  readonly json?: object;
  /** The result, for stdout. */
  readonly text: string;
  /** Additional notes, for stderr. */
  readonly words?: string;
  /** Set when the result itself is bad news (findings): the result is printed first, then this error. */
  readonly error?: BundleError;
}

/** The parts of the process that a command may use. */
export interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborted by Ctrl-C and by signals. */
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Prints a line on stderr during the work; does nothing with --json. */
  readonly say: (line: string) => void;
  /** Warns of something done that is not in the log of this host: on stderr, or with --json in the document. */
  readonly onUnrecorded: (error: BundleError) => void;
  /** Clears progress from the terminal, where another program asks for input. */
  readonly endProgress: () => void;
  /** Prints an early result: a line on stdout, or with --json a document on one line. */
  readonly print: (json: object, text: string) => void;
  /** Asks a yes-or-no question on the terminal; absent where nobody can answer. */
  readonly ask?: (question: string) => Promise<boolean>;
  /** Asks for a choice by number on the terminal; absent where nobody can answer. */
  readonly choose?: (question: string, choices: readonly string[]) => Promise<number>;
  /** Asks for a text on the terminal; absent where nobody can answer. A secret is hidden while it is typed. */
  readonly askText?: (question: string, answer: TextAnswer) => Promise<string>;
  /** Milliseconds spent waiting for answers so far. */
  readonly waitedMs: () => number;
  /** For stdout and for stderr. */
  readonly colours: Colours;
  readonly stderrColours: Colours;
}

/** Starts a clock that pauses during questions; the returned function gives the seconds since. */
export function startClock({ waitedMs }: Pick<Context, 'waitedMs'>): () => number {
  const worked = (): number => performance.now() - waitedMs();
  const started = worked();
  return () => (worked() - started) / 1000;
}

export interface TextAnswer {
  readonly secret: boolean;
  /** Whether Enter alone is a valid answer. */
  readonly mayBeEmpty?: boolean;
  /** The values to choose from. */
  readonly allowed?: readonly string[];
  readonly default?: string;
  /** Says what is wrong with an answer. */
  readonly problemOf?: (text: string) => string | undefined;
}
