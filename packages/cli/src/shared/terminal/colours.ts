import type { WriteStream } from 'node:tty';
import * as yoctocolors from 'yoctocolors';

export type Colour = (text: string) => string;
/** Styles for the text of a stream. */
export interface Colours
  extends Readonly<Record<'bold' | 'dim' | 'green' | 'red' | 'yellow', Colour>> {
  /** Width of the terminal; absent without a terminal, or where it does not report its width. */
  readonly columns?: number;
}

const plain: Colour = (text) => text;
export const noColours: Colours = {
  bold: plain,
  dim: plain,
  green: plain,
  red: plain,
  yellow: plain,
};

/** Returns colours for a terminal, unless --no-color or NO_COLOR (no-color.org) is given. */
export function coloursFor(
  stream: Pick<WriteStream, 'isTTY' | 'columns'>,
  wanted: boolean,
  env: NodeJS.ProcessEnv,
): Colours {
  if (!stream.isTTY) return noColours;
  const { bold, dim, green, red, yellow } = wanted && !env['NO_COLOR'] ? yoctocolors : noColours;
  const size = stream.columns > 0 ? { columns: stream.columns } : {};
  return { bold, dim, green, red, yellow, ...size };
}
