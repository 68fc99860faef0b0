/** Escapes text for roff: nothing in it is a request or an escape (groff_man(7), man-pages(7)). */
export function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[\u0080-\u{10ffff}]/gu, (char) => {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase();
      return `\\[u${code.padStart(4, '0')}]`;
    })
    .replace(/^(?=[.'])/gm, '\\&');
}

export function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** Makes paragraphs of text with empty lines between them. What is in backticks becomes bold. */
export function paragraphs(text: string): string {
  return text
    .split(/\n{2,}/)
    .map(withCode)
    .join('\n.PP\n');
}

function withCode(text: string): string {
  return text
    .split(/`([^`]*)`/)
    .map((part, index) => (index % 2 === 0 ? escaped(part) : bold(part)))
    .join('')
    .replace(/^(?=[.'])/gm, '\\&');
}

/** Makes a list of terms, which are roff already, and texts. */
export function terms(entries: readonly (readonly [term: string, text: string])[]): string {
  return entries.map(([term, text]) => `.TP\n${term}\n${withCode(text)}`).join('\n');
}

export function section(title: string, content: string): string {
  return content === '' ? '' : `.SH ${title}\n${content}\n`;
}
