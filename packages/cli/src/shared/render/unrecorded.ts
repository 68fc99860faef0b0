import type { Colours } from '../terminal/colours.ts';
import { visible } from '../terminal/escape.ts';
import { t, translated } from '../text/text.ts';

/** Says that something was done and is not in the log of this host. */
export function unrecordedText(message: string, colours: Colours): string {
  return t`${colours.yellow(t`warning:`)} not in the log of this host (\`bundle history\`): ${visible(translated(message))}`;
}
