import type { Colours } from '../terminal/colours.ts';
import { visible } from '../terminal/escape.ts';

/** Says that something was done and is not in the log of this host. */
export function unrecordedText(message: string, colours: Colours): string {
  return `${colours.yellow('warning:')} not in the log of this host (\`bundle history\`): ${visible(message)}`;
}
