import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keyOf } from '@bundle/host/settings';
import { MemoryHost, wholly } from './memory-host.ts';

let host: MemoryHost;
const example = { 'web.env.example': '# Rooms of the ward\nSIZE=\n' };

beforeEach(async () => {
  host = await MemoryHost.make();
  await host.stage('1.0', example);
});
afterEach(() => rm(host.work, { recursive: true, force: true }));

test('an env file with an empty value starts nothing if nobody can answer, and the error says how to set it', async () => {
  const { ending } = await host.run();
  expect(ending).toMatchObject({
    kind: 'failed',
    error: {
      code: 'settings-missing',
      details: {
        expected: 'web.env:SIZE: Rooms of the ward',
        found: 'web.env:SIZE has no value',
        hint: expect.stringContaining('--set web.env:SIZE=VALUE'),
      },
    },
  });
  expect((await host.seen()).containers).toEqual([]);
});

test.each([['web.env:SIZE'], ['SIZE']])('given as %s, it is used for the start', async (name) => {
  const { ending } = await host.run({ given: { [name]: '7' } });
  expect(ending).toMatchObject({ kind: 'done', report: { outcome: 'started' } });
  expect(await host.seen()).toEqual(wholly('1.0', { size: '7' }));
});

test('it is requested once, with its comment, and kept with its quotes', async () => {
  const asked: string[] = [];
  const { ending } = await host.run({
    askSetting: async (setting) => {
      asked.push(`${keyOf(setting)} ${setting.description.join(' ')}`);
      return "it's #1";
    },
  });
  expect(ending).toMatchObject({ kind: 'done', report: { outcome: 'started' } });
  expect(asked).toEqual(['web.env:SIZE Rooms of the ward']);
  expect((await host.seen()).sizes).toEqual(["it's #1"]);
  const { ending: again } = await host.run();
  expect(again).toMatchObject({ kind: 'done', report: { outcome: 'already running' } });
  expect(await readFile(join(host.folderOf('1.0'), 'web.env'), 'utf8')).toContain('Rooms of');
});
