import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSettings } from '../src/shared/settings.ts';

let work: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'settings-files-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const read = (...envFile: string[]) => fileSettings({ cwd: work, env: {} }, { envFile, set: {} });

test('a JSON file has settings of all env files, as they are, and a later file wins', async () => {
  const settings = { 'app.env:TOKEN': "it's $x\n", LEVEL: 'debug', constructor: '1' };
  await writeFile(join(work, 'a.json'), JSON.stringify(settings));
  await writeFile(join(work, 'b.env'), 'LEVEL=info\n');
  expect(await read('a.json', 'b.env')).toEqual({ ...settings, LEVEL: 'info' });
});

test.each([
  ['not JSON', '{"PASSWORD": "hunter2"'],
  ['a list', '["hunter2"]'],
  ['a number for a value', '{"PASSWORD": 7, "hunter2": {}}'],
])('a JSON file with %s is refused, and none of it is shown', async (_, text) => {
  await writeFile(join(work, 'bad.json'), text);
  const error = await read('bad.json').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'input-unreadable' });
  expect(String(error)).toContain('bad.json');
  expect(String(error)).not.toContain('hunter2');
});
