import type { WriteStream } from 'node:tty';

/**
 * Tells whether a line on a terminal can be redrawn in place. A terminal that does not report its size cannot, and a dumb
 * one, such as the shell in Emacs, would show what moves the cursor as text.
 */
export function canDrawOn(
  { isTTY, columns, rows }: Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>,
  env: NodeJS.ProcessEnv,
): boolean {
  return isTTY && columns > 0 && rows > 0 && env['TERM'] !== 'dumb';
}
