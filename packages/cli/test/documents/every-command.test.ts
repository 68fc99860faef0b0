import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleError } from '@bundle/format';
import { parseArguments } from '../../src/program.ts';
import { bundleArguments, commandsIn, wordsOf } from './commands.ts';

// The command's own parser reads every `bundle …` in a block of a document: its command, arguments, options and values.

const root = join(import.meta.dirname, '../../../..');
const nowhere = { out: () => undefined, err: () => undefined, width: 80 };

const documents: string[] = [];
for await (const file of glob(['*.md', 'docs/*.md', 'docs/zh/*.md'], { cwd: root }))
  documents.push(file);

/** What the parser says about a command line; undefined if it takes it. */
async function refusal(words: readonly string[]): Promise<string | undefined> {
  // `…` stands for more options, or for the rest of a digest.
  const typed = words
    .filter((word) => word !== '…')
    .map((word) => word.replace(/^sha256:….*$/, `sha256:${'0'.repeat(64)}`));
  try {
    const parsed = await parseArguments(typed, nowhere);
    return 'incomplete' in parsed ? 'incomplete' : undefined;
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return `${error.message}: ${error.details.found}`;
  }
}

test.each(documents)('the command takes every command line in the blocks of %s', async (file) => {
  const refused: string[] = [];
  for (const { text } of commandsIn(await readFile(join(root, file), 'utf8')))
    for (const words of bundleArguments(text)) {
      const why = await refusal(words);
      if (why !== undefined) refused.push(`${text}: ${why}`);
    }
  expect(refused).toEqual([]);
});

test('a command line that the command refuses is found', async () => {
  const text = '```sh\nsudo bundle import a.tar b.tar | cat\nX=1 bundle export --split many\n```\n';
  const [first, second] = commandsIn(text).flatMap((one) => bundleArguments(one.text));
  expect(first).toEqual(['import', 'a.tar', 'b.tar']);
  expect(await refusal(first ?? [])).toContain('too many arguments');
  expect(await refusal(second ?? [])).toContain('--split');
});

test('commands are found after prompts, programs and operators, without comments and continued lines', () => {
  const text = [
    '```console',
    '$ cd shop && bundle up   # start',
    'offline$   bundle status --json >out.json; echo $?',
    'Runs  shop: bundle up',
    '```',
    '```sh',
    '# bundle down',
    'scripts/engines exec offline-28 scripts/bundle verify \\',
    '  "a b.tar"',
    '```',
  ];
  const found = commandsIn(text.join('\n'));
  expect(found.map(({ block }) => block)).toEqual([1, 1, 2]);
  expect(found.map((one) => bundleArguments(one.text))).toEqual([
    [['up']],
    [['status', '--json']],
    [['verify', 'a b.tar']],
  ]);
  expect(wordsOf('a 2>&1 | b')).toEqual(['a', '2>&1', '|', 'b']);
});

test('the documents have hundreds of commands of bundle', async () => {
  let found = 0;
  for (const file of documents)
    for (const { text } of commandsIn(await readFile(join(root, file), 'utf8')))
      found += bundleArguments(text).length;
  expect(found).toBeGreaterThan(200);
});
