import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isThere } from '@bundle/files';

const packages = join(import.meta.dirname, '../../..');

/** Numbers that stand in the names of tests, also as the first value of their cases. */
async function numbersInTests(): Promise<Set<number>> {
  const numbers = new Set<number>();
  for (const name of await readdir(packages)) {
    const folder = join(packages, name, 'test');
    if (!(await isThere(folder))) continue;
    const files = await readdir(folder, { recursive: true });
    for (const file of files.filter((one) => one.endsWith('.test.ts'))) {
      const text = await readFile(join(folder, file), 'utf8');
      for (const [, list = ''] of text.matchAll(/['`]rows? (\d+(?:(?:, | and | to )\d+)*)/g))
        for (const part of list.split(/, | and /)) {
          const [first = 0, last = first] = part.split(' to ').map(Number);
          for (let row = first; row <= last; row += 1) numbers.add(row);
        }
      if (!/rows? [%$]/.test(text)) continue;
      for (const [, row] of text.matchAll(/(?:\[|row: )\s*'(\d+)'/g)) numbers.add(Number(row));
    }
  }
  return numbers;
}

test('each fault that has to be survived has a test with its number, or is marked as open', async () => {
  const text = await readFile(join(import.meta.dirname, 'rows.json'), 'utf8');
  const families: Record<string, [number, string, string?][]> = JSON.parse(text);
  const rows = Object.values(families).flat();
  expect(rows.map(([row]) => row)).toEqual(Array.from({ length: 68 }, (_, index) => index + 1));
  const tested = await numbersInTests();
  const missing = rows.filter(([row, , open]) => tested.has(row) === (open !== undefined));
  expect(missing).toEqual([]);
});
