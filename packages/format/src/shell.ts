/** Quotes a word for a POSIX shell (XCU 2.2.2), ready to paste; left bare where that is safe. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
