import stringWidth from 'fast-string-width';
import type { Colours } from '../terminal/colours.ts';
import { visible } from '../terminal/escape.ts';
import { t, translated } from '../text/text.ts';

/** A command to type, and its purpose in a few words. */
export type NextStep = readonly [purpose: string, command: string];

/** Lists commands to type next. The purpose comes first, so that a long command can be copied whole. */
export function nextText(steps: readonly NextStep[], { bold }: Pick<Colours, 'bold'>): string {
  const named = steps.map(([purpose, command]) => [translated(purpose), command] as const);
  const width = Math.max(...named.map(([purpose]) => stringWidth(purpose)));
  const lines = named.map(([purpose, command]) => {
    const padding = ' '.repeat(width - stringWidth(purpose));
    return `  ${purpose}${padding}  ${visible(command)}`;
  });
  return [bold(t`Next`), ...lines].join('\n');
}
