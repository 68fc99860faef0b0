import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../src/program.ts';

const root = join(import.meta.dirname, '../../..');
const nowhere = { out: () => undefined, err: () => undefined, width: 80 };
const program = await createProgram(() => undefined, nowhere);
const commands = new Map(program.commands.map((command) => [command.name(), command]));
// What people type first; the command knows it.
const habits = new Set(['help', 'version', 'ls']);

const documents: string[] = [];
for await (const file of glob(['*.md', 'docs/**/*.md', 'manifests/**/*.yml'], { cwd: root }))
  documents.push(file);

interface Typed {
  readonly line: string;
  readonly words: readonly string[];
}

/** `bundle` where a shell takes it for a command, and what follows. */
const asCommand =
  /(?:^\s*(?:\$ |- run: |run: )?|[|;&(]\s*)(?:[A-Z_]+=\S* |sudo |sh |scripts\/engines exec \S+ )*(?:[\w./]*\/)?bundle ((?:[a-z]|-).*)$/;

/** Finds what documents tell people to type: lines of code blocks for a shell, and code in prose. */
function typedIn(text: string): Typed[] {
  const blocks = [...text.matchAll(/^```(?:sh|console|bash|yaml)\n(.*?)^```/gms)];
  const lines = blocks.flatMap(([, code = '']) => code.replaceAll('\\\n', ' ').split('\n'));
  // A bar in a table is escaped.
  const prose = text.replace(/^```.*?^```/gms, '').replaceAll('\\|', '|');
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...lines, ...inline].flatMap((line) => {
    const rest = asCommand.exec(line.replace(/\s+#.*$/, '').replace(/\$\(.*?\)/g, 'WORD'))?.[1];
    const [own = ''] = rest?.split(/ [|;&>]|[;&]|\)$|"$/) ?? [];
    return rest === undefined ? [] : [{ line, words: own.trim().split(/\s+/) }];
  });
}

function problemOf({ words }: Typed): string | undefined {
  const [name = '', ...rest] = words;
  if (name.startsWith('-') || habits.has(name)) return undefined;
  const command = commands.get(name.replace(/[.,:]$/, ''));
  if (command === undefined) return `no command ${name}`;
  const unknown = rest
    .filter((word) => /^-{1,2}[a-z]/.test(word))
    .map((word) => word.replace(/[=|\])].*$/, '').replace(/[.,:]$/, ''))
    .find((flag) => !takes(command, flag));
  return unknown === undefined ? undefined : `${name} has no ${unknown}`;
}

function takes(command: Command, flag: string): boolean {
  const named = command.options.some(({ long, short }) => long === flag || short === flag);
  return named || flag === '--help' || flag === '-h';
}

test.each(documents)('every command in %s exists, with every option', async (file) => {
  const typed = typedIn(await readFile(join(root, file), 'utf8'));
  const wrong = typed.flatMap((one) => {
    const problem = problemOf(one);
    return problem === undefined ? [] : [`${problem}: ${one.line}`];
  });
  expect(wrong).toEqual([]);
});

test('a command and an option that do not exist are found', () => {
  const text = '`bundle exprot x`\n\n```sh\nbundle import x --upp | cat   # --nothing\n```\n';
  expect(typedIn(text).map(problemOf)).toEqual(['import has no --upp', 'no command exprot']);
});

test('the documents tell people to type hundreds of commands', async () => {
  let found = 0;
  for (const file of documents) found += typedIn(await readFile(join(root, file), 'utf8')).length;
  expect(found).toBeGreaterThan(300);
});
