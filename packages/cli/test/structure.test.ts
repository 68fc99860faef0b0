import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

// A short command spends most of its time starting, and the help loads every definition:
// docs/adr/0011-files-of-the-command.md.

const commands = join(import.meta.dirname, '../src/commands');
const names = await readdir(commands);

/** Finds what the files of that name load at once but must not; types and `await import` do not count. */
async function wrongImports(file: string, allowed: RegExp): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of names) {
    if (!(await readdir(join(commands, name))).includes(file)) continue;
    const text = await readFile(join(commands, name, file), 'utf8');
    for (const [, path = ''] of text.matchAll(/^import (?!type )[^;]*? from '([^']+)';$/gm)) {
      if (!allowed.test(path)) wrong.push(`${name}/${file}: ${path}`);
    }
  }
  return wrong;
}

test('every command has its definition apart from its work', async () => {
  for (const name of names) {
    const files = await readdir(join(commands, name));
    // A command with two kinds of work has one file for each, such as `swarm-run.ts`.
    const kinds = files.map((file) => file.replace(/^\w+-run\.ts$/, 'run.ts'));
    expect({ name, kinds }).toEqual({
      name,
      kinds: expect.arrayContaining(['definition.ts', 'run.ts']),
    });
  }
});

test('a definition loads no part of the work', async () => {
  const light =
    /^(zod|commander|node:net|@bundle\/format|\.\/\w+-options\.ts|\.\.\/\.\.\/(command|usage|shared\/exit-codes|shared\/options\/\w+)\.ts)$/;
  expect(await wrongImports('definition.ts', light)).toEqual([]);
});

test('rendering does no I/O', async () => {
  const pure =
    /^(node:path|@bundle\/(format|rebuild|sbom)|\.\/details\.ts|\.\.\/\.\.\/shared\/(render|terminal|text)\/\w+\.ts)$/;
  expect(await wrongImports('render.ts', pure)).toEqual([]);
});
