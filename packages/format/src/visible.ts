/**
 * Control characters, bidi marks and everything else that does not show: \p{Cf} has the bidi marks. The joiners of Persian,
 * Indian scripts and emoji change what is before them, so there they show.
 */
export const invisible =
  /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]--[\u200c\u200d]]|(?<![[\p{L}\p{M}\p{S}]--\p{ASCII}])[\u200c\u200d]/gv;

/** Makes foreign text safe for a terminal by spelling out anything that could move the cursor or hide. */
export function visible(text: string): string {
  return text.replace(invisible, (mark) => `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`);
}
