import type { BundleError, OnProgress } from '@bundle/format';
import type { Colours } from './shared/terminal/colours.ts';

/** What a command ends with; the rendering around it is the same for all. */
export interface Outcome {
  /** The document that --json prints; absent where `print` has printed all of them. */
  readonly json?: object;
  /** The result, for stdout. */
  readonly text: string;
  /** What is worth knowing besides, for stderr. */
  readonly words?: string;
  /** Set when the result itself is bad news (findings): it is printed, and then this. */
  readonly error?: BundleError;
}

/** What a command may use of the process around it. */
export interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborted by Ctrl-C and by signals. */
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** A line on stderr while the work goes on; nothing with --json. */
  readonly say: (line: string) => void;
  /** Takes progress off the terminal, where another program asks for something there. */
  readonly endProgress: () => void;
  /** A result that comes before the end: a line on stdout, or with --json a document on one line. */
  readonly print: (json: object, text: string) => void;
  /** Asks on the terminal; absent where nobody can answer. */
  readonly ask?: (question: string) => Promise<boolean>;
  /** Lets one of several be chosen on the terminal, by its number; absent where nobody can answer. */
  readonly choose?: (question: string, choices: readonly string[]) => Promise<number>;
  /** Asks for a text on the terminal; absent where nobody can answer. A secret does not show while it is typed. */
  readonly askText?: (question: string, answer: TextAnswer) => Promise<string>;
  /** Milliseconds that people took for their answers so far. */
  readonly waitedMs: () => number;
  /** For stdout and for stderr. */
  readonly colours: Colours;
  readonly stderrColours: Colours;
}

/** Starts a clock that stands still while a question is open. It tells the seconds since. */
export function startClock({ waitedMs }: Pick<Context, 'waitedMs'>): () => number {
  const worked = (): number => performance.now() - waitedMs();
  const started = worked();
  return () => (worked() - started) / 1000;
}

export interface TextAnswer {
  readonly secret: boolean;
  /** Enter alone is an answer. */
  readonly mayBeEmpty?: boolean;
  /** The only values that are taken; one of them is chosen. */
  readonly allowed?: readonly string[];
  readonly default?: string;
  /** Says what is wrong with an answer. */
  readonly problemOf?: (text: string) => string | undefined;
}
