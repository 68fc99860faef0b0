import { checkNames, type ErrorCode, errorMeanings, exitCodes, nearest } from '@bundle/format';
import type { Context, Outcome } from '../../outcome.ts';
import { checkExplanations, explanations } from '../../shared/explanations.ts';
import { usageError } from '../../usage.ts';
import { type Explained, explainedText, listText } from './render.ts';

/** Runs `bundle explain`: explains a code, or lists all of them. */
export async function runExplain(
  { colours }: Context,
  wanted: string | undefined,
): Promise<Outcome> {
  if (wanted === undefined) {
    const codes = [...byNumber().values()].map((code) => explainedCode(code));
    const all = [...codes, ...checkNames.map(explainedCheck)];
    return { json: { codes: all }, text: listText(all, colours) };
  }
  const explained = find(wanted);
  return { json: explained, text: explainedText(explained, colours) };
}

function byNumber(): Map<number, ErrorCode> {
  const codes = Object.entries(errorMeanings).map(([code]) => asErrorCode(code));
  const known = codes.filter((code) => code !== undefined);
  known.sort((a, b) => exitCodes[a] - exitCodes[b]);
  return new Map(known.map((code) => [exitCodes[code], code]));
}

function asErrorCode(name: string): ErrorCode | undefined {
  return isErrorCode(name) ? name : undefined;
}

function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(exitCodes, name);
}

function find(wanted: string): Explained {
  const word = wanted.trim().toLowerCase();
  if (/^\d{1,3}$/.test(word)) return explainedNumber(Number(word));
  if (isErrorCode(word)) return explainedCode(word);
  const check = checkNames.find((name) => name === word);
  if (check !== undefined) return explainedCheck(check);
  const meant = nearest(word, [...Object.keys(exitCodes), ...checkNames]);
  throw usageError(
    'the code',
    'an exit code, an error code or the name of a preflight check',
    wanted,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}All of them: \`bundle explain\``,
  );
}

function explainedNumber(number: number): Explained {
  const code = byNumber().get(number);
  if (code !== undefined) return explainedCode(code);
  if (number === 0) return { name: 'done', exitCode: 0, meaning: 'Done.', causes: [], steps: [] };
  // Shells report a process that a signal ended as 128 and the number of the signal (POSIX.1-2017, XCU 2.8.2).
  if (number > 128 && number < 193) {
    return {
      name: `signal ${number - 128}`,
      exitCode: number,
      meaning: 'A signal ended the command, and it could not end itself.',
      causes: ['kill -9, or the kernel for lack of memory.'],
      steps: ['Run the same command again: it continues, or undoes what was half done.'],
    };
  }
  const hint = 'All of them: `bundle explain`. Another program may have ended with this number.';
  throw usageError('the code', 'an exit code of this command', String(number), hint);
}

function explainedCode(code: ErrorCode): Explained {
  const { causes, steps } = explanations[code];
  return { name: code, exitCode: exitCodes[code], meaning: errorMeanings[code], causes, steps };
}

function explainedCheck(name: (typeof checkNames)[number]): Explained {
  return { name, ...checkExplanations[name] };
}
