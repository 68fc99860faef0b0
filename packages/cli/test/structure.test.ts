import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

// Most of a short command's time is its start, and the help loads every definition: docs/adr/0011-files-of-the-command.md.

const commands = join(import.meta.dirname, '../src/commands');
const names = await readdir(commands);

/** What the files of that name load when they are loaded, and must not: types and `await import` are not among it. */
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

test('every command has a definition, and what it does apart from it', async () => {
  for (const name of names) {
    const files = await readdir(join(commands, name));
    expect({ name, files }).toEqual({
      name,
      files: expect.arrayContaining(['definition.ts', 'run.ts']),
    });
  }
});

test('a definition loads nothing of the work', async () => {
  const light =
    /^(zod|commander|node:net|@bundle\/format|\.\.\/\.\.\/(command|usage|shared\/exit-codes|shared\/options\/\w+)\.ts)$/;
  expect(await wrongImports('definition.ts', light)).toEqual([]);
});

test('text is made of a report without I/O', async () => {
  const pure =
    /^(node:path|@bundle\/(format|rebuild)|\.\.\/\.\.\/shared\/(render|terminal)\/\w+\.ts)$/;
  expect(await wrongImports('render.ts', pure)).toEqual([]);
});
