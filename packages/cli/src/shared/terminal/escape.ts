import { invisible, visible } from '@bundle/format';

export { visible };

/**
 * Makes foreign text of several lines safe; lines after the first are indented, so that none can pass for the
 * command’s own.
 */
export function visibleLines(text: string, indent = '  '): string {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => visible(line.replaceAll('\t', '  ')))
    .join(`\n${indent}`);
}

/**
 * Formats JSON for stdout: the same value for a program, but nothing in it acts on a terminal. `indent: 0` gives one
 * line.
 */
export function jsonText(value: unknown, indent = 2): string {
  const text = JSON.stringify(value, undefined, indent);
  return text.replace(invisible, (mark) => (mark === '\n' ? mark : escapeUnits(mark)));
}

function escapeUnits(mark: string): string {
  return Array.from(
    { length: mark.length },
    (_, index) => `\\u${mark.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
