import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes } from '@bundle/format';

// SECURITY.md says what is promised, docs/reliability.md what was attacked, and both which tests hold it.

const root = join(import.meta.dirname, '../../..');
const text = await readFile(join(root, 'SECURITY.md'), 'utf8');
const section = (from: string, to: string): string =>
  text.slice(text.indexOf(from), text.indexOf(to));
const rows = section('### The tests of each promise', '## What is not promised')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| promise'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

test('each promise has a row with its tests, in order', () => {
  const promises = section('## What is promised today', '### The tests of each promise');
  const titles = [...promises.matchAll(/^- \*\*(.*?)\*\*/gms)].map(([, title = '']) =>
    title.replaceAll(/\s+/g, ' ').replace(/\.$/, ''),
  );
  expect(titles.length).toBeGreaterThan(10);
  expect(rows.map(([, promise]) => promise)).toEqual(titles);
});

test.each(rows)('%s%s: the tests exist', async (_before, _promise, tests = '') => {
  const files = [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    expect(file).toMatch(/\.test\.ts$/);
    await access(join(root, file));
  }
});

const reliability = await readFile(join(root, 'docs/reliability.md'), 'utf8');
const attacks = reliability
  .slice(reliability.indexOf('## Attacks and accidents'), reliability.indexOf('## Kills'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| attack'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

test('the table of attacks has rows', () => {
  expect(attacks.length).toBeGreaterThan(30);
});

test.each(attacks)(
  'attack: %s ends with %s, which a test has seen',
  async (_attack, code = '', place = '') => {
    const [, file = '', name = ''] = /^`([^`]+)`: (.+)$/.exec(place) ?? [];
    expect(name).not.toBe('');
    const test = await readFile(join(root, file), 'utf8');
    expect(test).toContain(name);
    // Tests of functions name the code itself, those of the command its exit code.
    for (const [number] of code.matchAll(/\b[1-9]\d*\b/g)) {
      const [word] = Object.entries(exitCodes).find(([, exit]) => exit === Number(number)) ?? [];
      expect(test).toMatch(new RegExp(`\\b${number}\\b|'${word}'`));
    }
  },
);
