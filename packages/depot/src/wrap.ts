import { BundleError } from '@bundle/format';
import type { Dockerfile, Instruction, Stage } from '@bundle/recipe';
import { z } from 'zod';
import { toolsPlace } from './step-scripts.ts';

/** A RUN to be run through one of the scripts, with more flags. */
export interface Wrapped {
  readonly stage: Stage;
  readonly instruction: Instruction;
  /** Name of the script and its own arguments. */
  readonly script: readonly string[];
  readonly flags: readonly string[];
}

/**
 * Rewrites a Dockerfile so that each of these RUNs goes through a script. Only their own cache keys and later ones
 * change: what comes before is found in the cache as it was.
 */
export function wrapSteps(text: string, dockerfile: Dockerfile, steps: readonly Wrapped[]): string {
  const lines = text.split('\n');
  for (const { stage, instruction, script, flags } of steps) {
    const first = instruction.line - 1;
    const last = lastLine(instruction) - 1;
    const [file = '', ...own] = script;
    const run = ['/bin/sh', `${toolsPlace}/${file}`, ...own];
    const line = lines[first] ?? '';
    const isExec = wordList(instruction.arguments) !== undefined;
    lines[first] = line.replace(/^(\s*RUN)\b/i, (_, keyword) => [keyword, ...flags].join(' '));
    if (isExec) {
      // A flag may have a bracket as well.
      const start = /(?<=\s)\[(?=\s*(?:"|[\\`]?\s*$))/;
      const at = lines.findIndex((one, index) => index >= first && start.test(one));
      const words = run.map((word) => `"${word}", `).join('');
      lines[at] = (lines[at] ?? '').replace(start, `[${words}`);
      continue;
    }
    const shell = shellBefore(dockerfile, stage, instruction.line);
    const before = JSON.stringify([...run, ...shell]);
    lines[first] = `SHELL ${before}\n${lines[first]}`;
    // The last line of a file may ask for one more.
    const isOpen = lines.slice(last + 1).every((one) => one.trim() === '');
    const end = isOpen ? lines[last]?.replace(/\s*\\\s*$/, '') : lines[last];
    lines[last] = `${end}\nSHELL ${JSON.stringify(shell)}`;
  }
  return lines.join('\n');
}

/** Returns the 1-based last line of an instruction. */
export function lastLine({ line, text }: Instruction): number {
  return line + text.split('\n').length - 1;
}

/** Parses the JSON form of an instruction; anything but a list of strings is text for a shell, as for BuildKit. */
function wordList(text: string): string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Returns the shell of RUNs at a line: that of the last SHELL in the stage or the stages that it is based on. */
function shellBefore({ stages }: Dockerfile, stage: Stage, line: number): string[] {
  const found = stage.instructions.findLast((one) => one.keyword === 'SHELL' && one.line < line);
  if (found !== undefined) return wordList(found.arguments) ?? refuseShell(found);
  const below = stage.base.kind === 'stage' ? stages[stage.base.index] : undefined;
  return below === undefined
    ? ['/bin/sh', '-c']
    : shellBefore({ globals: {}, stages }, below, Number.POSITIVE_INFINITY);
}

function refuseShell({ line, text }: Instruction): never {
  throw new BundleError('rebuild-unavailable', {
    operation: 'reading the Dockerfile',
    subject: `line ${line}`,
    expected: 'SHELL with a JSON list of words, such as ["/bin/bash", "-c"]',
    found: text,
    hint: 'Fix the Dockerfile.',
  });
}
