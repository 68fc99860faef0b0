/**
 * Splits a command as Compose does (mattn/go-shellwords without variables): quotes and backslashes as in a shell, but
 * nothing is run. The command ends at the first sign of a shell, such as `;`. Undefined where Compose refuses it: a
 * quote without its end, or a parenthesis.
 */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  /** The sign that ends what is quoted. */
  let end = '';
  for (let index = 0; index < line.length; index++) {
    const char = line[index] ?? '';
    if (char === '\\' && end !== "'") {
      index += 1;
      if (index === line.length) return undefined;
      word = (word ?? '') + (line[index] ?? '');
    } else if (end !== '') {
      const isEnd = char === end;
      if (isEnd) end = '';
      if (!isEnd || char === '`' || char === ')') word += char;
    } else if (char === '"' || char === "'") {
      end = char;
      word ??= '';
    } else if (char === '`' || (char === '(' && word?.endsWith('$') === true)) {
      end = char === '(' ? ')' : char;
      word = (word ?? '') + char;
    } else if (char === '(' || char === ')') return undefined;
    else if (/[;&|<>]/.test(char)) {
      // The number of a redirected file is no word.
      if (char === '>' && word !== undefined && /^\d/.test(word)) word = undefined;
      break;
    } else if (/[ \t\r\n]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (end !== '') return undefined;
  return word === undefined ? words : [...words, word];
}
