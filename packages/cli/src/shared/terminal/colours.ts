import type { WriteStream } from 'node:tty';
import * as yoctocolors from 'yoctocolors';

export type Colour = (text: string) => string;
export type Colours = Readonly<Record<'bold' | 'dim' | 'green' | 'red' | 'yellow', Colour>>;

const plain: Colour = (text) => text;
export const noColours: Colours = {
  bold: plain,
  dim: plain,
  green: plain,
  red: plain,
  yellow: plain,
};

/** Colours only on a terminal, and neither with --no-color nor with NO_COLOR (no-color.org). */
export function coloursFor(
  stream: Pick<WriteStream, 'isTTY'>,
  wanted: boolean,
  env: NodeJS.ProcessEnv,
): Colours {
  return wanted && stream.isTTY && !env['NO_COLOR'] ? yoctocolors : noColours;
}
