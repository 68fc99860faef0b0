import type { WriteStream } from 'node:tty';
import * as yoctocolors from 'yoctocolors';

export type Colour = (text: string) => string;
/** How a stream shows text. */
export interface Colours
  extends Readonly<Record<'bold' | 'dim' | 'green' | 'red' | 'yellow', Colour>> {
  /** Width of the terminal; absent where there is none, or one that does not say it. */
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

/** Colours only on a terminal, and neither with --no-color nor with NO_COLOR (no-color.org). */
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
