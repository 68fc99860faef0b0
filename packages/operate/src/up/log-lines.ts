/** Lines that are alike and follow each other, beyond which only their number is shown. */
const mostAlike = 3;

/**
 * Shortens log lines to the last `most`, after runs of lines that are alike became one line and their number: forty
 * requests of a health check would hide the error before them. Each line begins with its container, as Compose writes it.
 */
export function shortened(lines: readonly string[], most: number): string[] {
  const groups: { readonly shape: string; readonly lines: string[] }[] = [];
  for (const line of lines) {
    const shape = shapeOf(line);
    const last = groups.at(-1);
    if (last?.shape === shape) last.lines.push(line);
    else groups.push({ shape, lines: [line] });
  }
  const shown = groups.flatMap(({ lines: alike }) => {
    if (alike.length <= mostAlike) return alike;
    const [line = ''] = alike.slice(-1);
    return [`${line} (and ${alike.length - 1} like it before)`];
  });
  return shown.slice(-most);
}

/** Requests in the log of a web server are alike whatever they ask for; other lines if they differ only in numbers. */
function shapeOf(line: string): string {
  const [, container = '', text = line] = /^(\S+ +\| )(.*)$/s.exec(line) ?? [];
  const isRequest = /\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+/.test(text);
  return `${container}${isRequest ? 'request' : text.replaceAll(/[0-9a-f]*\d[0-9a-f]*/gi, '0')}`;
}
