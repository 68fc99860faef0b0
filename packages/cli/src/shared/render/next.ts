import type { Colours } from '../terminal/colours.ts';
import { visible } from '../terminal/escape.ts';

/** A command to type, and its purpose in a few words. */
export type NextStep = readonly [purpose: string, command: string];

/** Lists commands to type next. The purpose comes first, so that a long command can be copied whole. */
export function nextText(steps: readonly NextStep[], { bold }: Pick<Colours, 'bold'>): string {
  const width = Math.max(...steps.map(([purpose]) => purpose.length));
  const lines = steps.map(
    ([purpose, command]) => `  ${purpose.padEnd(width)}  ${visible(command)}`,
  );
  return [bold('Next'), ...lines].join('\n');
}
