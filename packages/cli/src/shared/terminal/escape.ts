/**
 * Control characters, bidi marks and everything else that does not show: \p{Cf} has the bidi marks. The joiners of Persian,
 * Indian scripts and emoji change what is before them, so there they show.
 */
const invisible =
  /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]--[\u200c\u200d]]|(?<![[\p{L}\p{M}\p{S}]--\p{ASCII}])[\u200c\u200d]/gv;

/** Makes foreign text safe for a terminal by spelling out anything that could move the cursor or hide. */
export function visible(text: string): string {
  return text.replace(invisible, (mark) => `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`);
}

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
