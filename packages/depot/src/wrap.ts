import type { Dockerfile, Instruction, Stage } from '@bundle/recipe';
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
    const isExec = instruction.arguments.trimStart().startsWith('[');
    lines[first] = line.replace(/^(\s*RUN)\b/i, (_, keyword) => [keyword, ...flags].join(' '));
    if (isExec) {
      const at = lines.findIndex((one, index) => index >= first && one.includes('['));
      lines[at] = (lines[at] ?? '').replace('[', `[${run.map((word) => `"${word}"`).join(', ')}, `);
      continue;
    }
    const shell = shellBefore(dockerfile, stage, instruction.line);
    const before = JSON.stringify([...run, ...shell]);
    lines[first] = `SHELL ${before}\n${lines[first]}`;
    lines[last] = `${lines[last]}\nSHELL ${JSON.stringify(shell)}`;
  }
  return lines.join('\n');
}

/** Returns the 1-based last line of an instruction. */
export function lastLine({ line, text }: Instruction): number {
  return line + text.split('\n').length - 1;
}

/** Returns the shell of RUNs at a line: that of the last SHELL in the stage or the stages that it is based on. */
function shellBefore({ stages }: Dockerfile, stage: Stage, line: number): string[] {
  const found = stage.instructions.findLast(
    (one) => one.keyword === 'SHELL' && one.line < line,
  )?.arguments;
  const words: unknown = found === undefined ? undefined : JSON.parse(found);
  if (Array.isArray(words)) return words.map(String);
  const below = stage.base.kind === 'stage' ? stages[stage.base.index] : undefined;
  return below === undefined
    ? ['/bin/sh', '-c']
    : shellBefore({ globals: {}, stages }, below, Number.POSITIVE_INFINITY);
}
