import './shared/options/parse-once.ts';

import { isatty } from 'node:tty';
import type { BundleError } from '@bundle/format';
import type { Task } from './command.ts';
import type { Context, TextAnswer } from './outcome.ts';
import { parseArguments } from './program.ts';
import { errorJson, errorText, toBundleError } from './shared/render/error.ts';
import { unrecordedText } from './shared/render/unrecorded.ts';
import { coloursFor } from './shared/terminal/colours.ts';
import { canDrawOn } from './shared/terminal/drawing.ts';
import { jsonText, visible } from './shared/terminal/escape.ts';
import { watchSignals } from './shared/terminal/interrupt.ts';
import {
  lineProgress,
  noProgress,
  type Progress,
  terminalProgress,
} from './shared/terminal/progress.ts';
import { chooseLanguage } from './shared/text/language.ts';
import { speak, t } from './shared/text/text.ts';
import { usageError } from './usage.ts';

const { stdout, stderr, env } = process;

/** Runs one command line to its end and returns its exit code. */
export async function run(typed: readonly string[]): Promise<number> {
  const { argv, language, error: noLanguage } = chooseLanguage(typed, env);
  await speak(language);
  // Determined before the command line is parsed, since a usage error already has to take the right form.
  const words = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  const json = words.includes('--json');
  const color = !words.includes('--no-color');
  const debug =
    env['BUNDLE_DEBUG'] === '1' || ['-v', '--verbose'].some((one) => words.includes(one));
  const stderrColours = coloursFor(stderr, color, env);
  const unrecorded: string[] = [];
  const complete = (document: object): object =>
    unrecorded.length === 0 ? document : { ...document, unrecorded };
  const fail = (error: BundleError, document: object): number => {
    if (json) stdout.write(`${jsonText({ ...complete(document), error: errorJson(error) })}\n`);
    else stderr.write(`${errorText(error, stderrColours, debug)}\n`);
    return error.exitCode;
  };
  let progress = noProgress;
  const say = (line: string): void => {
    if (json) return;
    progress.clear();
    stderr.write(`${line}\n`);
  };
  const onUnrecorded = ({ message }: BundleError): void => {
    unrecorded.push(message);
    say(unrecordedText(message, stderrColours));
  };
  const signals = watchSignals(say);
  const failWith = (thrown: unknown): number => {
    progress.stop(false);
    return fail(toBundleError(thrown, signals.signal.aborted), {});
  };
  // An error outside any promise, such as one of a stream, ends the command in the same form.
  const onUncaught = (thrown: unknown): void => process.exit(failWith(thrown));
  process.once('uncaughtException', onUncaught);
  try {
    if (noLanguage !== undefined) throw noLanguage;
    const parsed = await parseArguments(argv, {
      out: (text) => stdout.write(text),
      err: (text) => json || stderr.write(text),
    });
    if ('done' in parsed) return 0;
    if ('incomplete' in parsed) {
      const error = usageError('the command line', 'a command', 'none');
      return json ? fail(error, {}) : error.exitCode;
    }
    progress = await createProgress(parsed.task);
    for (const file of parsed.ignored) say(`${stderrColours.yellow('ignored')} ${visible(file)}`);
    const context = createContext(parsed.task, signals.signal, progress, { say, onUnrecorded });
    const { phase } = parsed.task;
    if (phase !== undefined) progress.report({ phase, doneBytes: 0 });
    const outcome = await parsed.task.run(context);
    progress.stop(true);
    if (outcome.words) say(outcome.words);
    if (!json && outcome.text !== '') stdout.write(`${outcome.text}\n`);
    if (outcome.error !== undefined) return fail(outcome.error, outcome.json ?? {});
    if (json && outcome.json !== undefined) stdout.write(`${jsonText(complete(outcome.json))}\n`);
    return 0;
  } catch (thrown) {
    return failWith(thrown);
  } finally {
    process.off('uncaughtException', onUncaught);
    signals.stop();
  }
}

function createContext(
  task: Task,
  signal: AbortSignal,
  progress: Progress,
  told: Pick<Context, 'say' | 'onUnrecorded'>,
): Context {
  // Also on a terminal that cannot be drawn on: without a question, a command goes on.
  const canAsk = stderr.isTTY === true && isatty(0) && !task.yes && !task.json;
  // A question needs the lines before it.
  const isSilent = task.quiet && !canAsk;
  let waitedMs = 0;
  const waiting = async <Answer>(answer: () => Promise<Answer>): Promise<Answer> => {
    progress.endPhase();
    // The prompt library reads its colour setting from the environment.
    if (!task.color) env['NO_COLOR'] = '1';
    const asked = performance.now();
    try {
      return await answer();
    } finally {
      waitedMs += performance.now() - asked;
      // What is done with the answer may take long.
      if (task.phase !== undefined) progress.report({ phase: task.phase, doneBytes: 0 });
    }
  };
  const ask: Context['ask'] = (question) => waiting(() => confirmOnTerminal(question, signal));
  const choose: Context['choose'] = (question, choices) =>
    waiting(() => chooseOnTerminal(question, choices, signal));
  const askText: Context['askText'] = (question, answer) =>
    waiting(() => askOnTerminal(question, answer, signal));
  return {
    env,
    cwd: process.cwd(),
    signal,
    onProgress: progress.report,
    ...told,
    say: isSilent ? () => undefined : told.say,
    endProgress: progress.endPhase,
    print: (document, text) => {
      progress.clear();
      stdout.write(`${task.json ? jsonText(document, 0) : text}\n`);
    },
    ...(canAsk ? { ask, choose, askText } : {}),
    waitedMs: () => waitedMs,
    colours: coloursFor(stdout, task.color, env),
    stderrColours: coloursFor(stderr, task.color, env),
  };
}

async function createProgress({ progress, json, quiet, verbose }: Task): Promise<Progress> {
  if (!progress || json || quiet) return noProgress;
  if (verbose) return lineProgress((line) => stderr.write(`${line}\n`), 0);
  if (canDrawOn(stderr, env)) return terminalProgress(stderr);
  return lineProgress((line) => stderr.write(`${line}\n`));
}

async function confirmOnTerminal(message: string, signal: AbortSignal): Promise<boolean> {
  const { default: confirm } = await import('@inquirer/confirm');
  const theme = {
    keywords: {
      yes: t`Yes`,
      no: t`No`,
      error: () => t`Type y for yes or n for no, then Enter.`,
    },
  };
  return confirm({ message, default: true, theme }, { output: stderr, signal });
}

async function chooseOnTerminal(
  message: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const { default: rawlist } = await import('@inquirer/rawlist');
  const choices = names.map((name, value) => ({ name, value }));
  return rawlist({ message, choices }, { output: stderr, signal });
}

async function askOnTerminal(
  message: string,
  { secret, mayBeEmpty, allowed, default: value, problemOf }: TextAnswer,
  signal: AbortSignal,
): Promise<string> {
  const context = { output: stderr, signal };
  if (allowed !== undefined) return allowed[await chooseOnTerminal(message, allowed, signal)] ?? '';
  const validate = (text: string): boolean | string =>
    text === '' ? mayBeEmpty === true || t`It needs a value.` : (problemOf?.(text) ?? true);
  if (secret) {
    const { default: password } = await import('@inquirer/password');
    return password({ message, mask: '*', validate }, context);
  }
  const { default: input } = await import('@inquirer/input');
  return input({ message, ...(value ? { default: value } : {}), validate }, context);
}
