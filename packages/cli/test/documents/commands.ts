/** A command that a document tells people to type. */
export interface TypedCommand {
  /** Number of its block in the document, from 1. */
  readonly block: number;
  /** Without the prompt and the comment; continued lines are one. */
  readonly text: string;
}

/**
 * Lists the commands in the blocks of a document for a shell: every line of `sh` blocks, and those after a prompt, such
 * as `$` or `offline$`, in `console` blocks.
 */
export function commandsIn(markdown: string): TypedCommand[] {
  const blocks = [...markdown.matchAll(/^```(sh|bash|console)\n(.*?)^```/gms)];
  return blocks.flatMap(([, kind, code = ''], index) => {
    const typed = joined(code.split('\n')).flatMap((line) => {
      const prompt = /^\w*\$ +/.exec(line);
      if (kind === 'console' && prompt === null) return [];
      return [withoutComment(kind === 'console' ? line.slice(prompt?.[0].length) : line)];
    });
    return typed.filter((text) => text !== '').map((text) => ({ block: index + 1, text }));
  });
}

/** Joins lines that go on after a backslash or `&&`. */
function joined(lines: readonly string[]): string[] {
  const whole: string[] = [];
  let open = '';
  for (const line of lines) {
    const text = open + line;
    open = '';
    if (/\\$/.test(line)) open = text.replace(/\\$/, '');
    else if (/&&$/.test(line)) open = `${text} `;
    else whole.push(text);
  }
  return open === '' ? whole : [...whole, open];
}

function withoutComment(line: string): string {
  return line.replace(/(?:^|\s+)#.*$/, '').trim();
}

/** Splits a command into words like a shell, without expanding anything; operators are words of their own. */
export function wordsOf(command: string): string[] {
  const pattern =
    /\d?[<>]+(?:&\d)?|[|&;]+|(?:"(?:\\.|[^"\\])*"|'[^']*'|\$\([^)]*\)|\\.|[^\s"'\\|&;<>])+/g;
  return [...command.matchAll(pattern)].map(([word]) =>
    word.replaceAll(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
      double === undefined ? (single ?? '') : double,
    ),
  );
}

/** Programs that run the rest of their line. */
const before = /^(?:sudo|exec|sh|[A-Z_]+=.*|\$)$/;

/** Returns the arguments of each `bundle` in a command line. */
export function bundleArguments(command: string): string[][] {
  const found: string[][] = [];
  let own: string[] | undefined;
  let isStart = true;
  let isTarget = false;
  for (const word of wordsOf(command)) {
    if (/^[|&;]+$/.test(word)) {
      own = undefined;
      isStart = true;
    } else if (/^\d?[<>]/.test(word)) isTarget = !word.includes('&');
    else if (isTarget) isTarget = false;
    else if (own !== undefined) own.push(word);
    else if (isStart && /(?:^|\/)bundle$/.test(word)) {
      own = [];
      found.push(own);
    } else if (/scripts\/engines$/.test(word)) isStart = true;
    else isStart = isStart && (before.test(word) || isEngine(word));
  }
  return found;
}

/** Words of `scripts/engines exec NAME`. */
function isEngine(word: string): boolean {
  return word === 'exec' || /^(?:connected|offline-28)$/.test(word);
}
