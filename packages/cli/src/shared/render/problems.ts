import { visible } from '../terminal/escape.ts';
import { t } from '../text/text.ts';

/** Lines that one message lists; --json has all of them. */
const maxListed = 10;

/** Lists foreign text under a title, and says how many more lines there are. */
export function problemLines(title: string, lines: readonly string[]): string {
  const more = lines.length - maxListed;
  return [
    title,
    ...lines.slice(0, maxListed).map((line) => `  ${visible(line)}`),
    ...(more > 0 ? [t`  and ${more} more`] : []),
  ].join('\n');
}
