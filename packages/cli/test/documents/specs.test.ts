import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleSpecSchema } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';

// The specs that documents show are those that `bundle export` takes.

const root = join(import.meta.dirname, '../../../..');

async function specs(): Promise<{ file: string; text: string }[]> {
  const found: { file: string; text: string }[] = [];
  for await (const file of glob(['*.md', 'docs/*.md', 'docs/zh/*.md'], { cwd: root })) {
    const markdown = await readFile(join(root, file), 'utf8');
    for (const [, text = ''] of markdown.matchAll(/^```yaml\n(.*?)^```/gms))
      if (text.includes('schemaVersion:')) found.push({ file, text });
  }
  return found;
}

test('every spec in the documents is valid', async () => {
  const all = await specs();
  expect(all.length).toBeGreaterThan(2);
  for (const { file, text } of all) {
    const { error } = bundleSpecSchema.safeParse(parseYamlDocument(text, file).value);
    expect({ file, issues: error?.issues ?? [] }).toEqual({ file, issues: [] });
  }
});

test('the guide shows every field of a spec', async () => {
  const guide = (await specs()).find(({ file }) => file === 'docs/guide-export.md');
  const shown = Object.keys(parseYamlDocument(guide?.text ?? '', 'guide').value as object);
  expect(Object.keys(bundleSpecSchema.shape).filter((field) => !shown.includes(field))).toEqual([]);
});
