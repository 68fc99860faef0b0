/** Marks that no line begins with, and marks that no line ends with (Chinese text layout). */
const closing = '，。、；：？！）》」』】';
const opening = '（《「『【';
const wide = `\\p{Script=Han}${closing}${opening}`;

/** A place between two wide characters where a line may break. Without marks, roff breaks lines only at spaces. */
const breaks = new RegExp(`(?<=(?![${opening}])[${wide}])(?=(?![${closing}])[${wide}])`, 'gu');

/** Escapes text for roff: nothing in it is a request or an escape (groff_man(7), man-pages(7)). */
export function escaped(text: string): string {
  return unbroken(text).replace(breaks, '\\:');
}

/** The same for a text on one line. Chinese stays as it is: mandb(8) and searches read the source. */
export function unbroken(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[\u0080-\u{10ffff}]/gu, (char) => {
      if (isWide.test(char)) return char;
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase();
      return `\\[u${code.padStart(4, '0')}]`;
    })
    .replace(/^(?=[.'])/gm, '\\&');
}

const isWide = new RegExp(`^[${wide}]$`, 'u');

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
  return content === '' ? '' : `.SH ${unbroken(title)}\n${content}\n`;
}
