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
  /** Lines to put before it. */
  readonly above?: readonly string[];
}

/**
 * Rewrites a Dockerfile so that each of these RUNs goes through a script. Only their own cache keys and later ones
 * change: what comes before is found in the cache as it was.
 */
export function wrapSteps(text: string, dockerfile: Dockerfile, steps: readonly Wrapped[]): string {
  const lines = text.split('\n');
  for (const { stage, instruction, script, flags, above = [] } of steps) {
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
      lines[first] = [...above, lines[first]].join('\n');
      continue;
    }
    const shell = shellBefore(dockerfile, stage, instruction.line);
    const before = JSON.stringify([...run, ...shell]);
    lines[first] = [...above, `SHELL ${before}`, lines[first]].join('\n');
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

/**
 * Returns the lines that make a folder for a step of another user than root; none if its Dockerfile names no such user.
 */
export function folderFor(
  dockerfile: Dockerfile,
  stage: Stage,
  line: number,
  folder: string,
): string[] {
  const user = lastBefore(dockerfile, stage, line, 'USER');
  if (user === undefined || /^(?:root|0)(?::|\s*$)/.test(user.arguments)) return [];
  const command = `mkdir -p ${folder} && chmod 777 ${folder}`;
  return ['USER root', `RUN ${JSON.stringify(['/bin/sh', '-c', command])}`, user.text];
}

/** Returns the shell of RUNs at a line. */
function shellBefore(dockerfile: Dockerfile, stage: Stage, line: number): string[] {
  const found = lastBefore(dockerfile, stage, line, 'SHELL');
  if (found === undefined) return ['/bin/sh', '-c'];
  return wordList(found.arguments) ?? refuseShell(found);
}

/** Returns the last instruction of a kind before a line, in the stage or the stages that it is based on. */
function lastBefore(
  dockerfile: Dockerfile,
  stage: Stage,
  line: number,
  keyword: string,
): Instruction | undefined {
  const found = stage.instructions.findLast((one) => one.keyword === keyword && one.line < line);
  const below = stage.base.kind === 'stage' ? dockerfile.stages[stage.base.index] : undefined;
  if (found !== undefined || below === undefined) return found;
  return lastBefore(dockerfile, below, Number.POSITIVE_INFINITY, keyword);
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
