import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryHost, wholly } from './memory-host.ts';

let host: MemoryHost;
let started: Awaited<ReturnType<MemoryHost['keep']>>;
const one = { release: '1.0' };

beforeAll(async () => {
  host = await MemoryHost.make();
  // Valid but unexpected names of files in a bundle.
  await host.stage('1.0', { '.env.previous/x': 'of the bundle', 'web.env.previous/y': 'too' });
  await host.stage('3.0');
  await host.run(one);
  started = await host.keep();
});
beforeEach(() => host.putBack(started));
afterAll(() => rm(host.work, { recursive: true, force: true }));

const file = (path: string): string => join(host.folderOf('1.0'), path);
const edit = (path: string, text: string): Promise<void> => writeFile(file(path), text);
const read = (path: string): Promise<string> => readFile(file(path), 'utf8');
const lines: string[] = [];
const up = async (options: Parameters<MemoryHost['run']>[0] = {}) => {
  lines.length = 0;
  return (await host.run({ ...one, ...options, onLine: (line) => lines.push(line) })).ending;
};
const wentBack = { kind: 'done', report: { outcome: 'rolled back', running: expect.anything() } };

test.each([
  ['.env', 'LEVEL=bad # by hand\n'],
  ['web.env', 'SIZE=bad\n'],
])('an edit of %s that makes it unhealthy is undone and kept aside', async (path, text) => {
  const before = await read(path);
  await edit(path, text);
  expect(await up()).toMatchObject(wentBack);
  expect(await host.seen()).toEqual(wholly('1.0'));
  expect(await read(path)).toBe(before);
  const [line = ''] = lines.filter((one) => one.startsWith('Restored the previous settings'));
  expect(line).toContain(path);
  expect(await readFile(join(line.split(' are in ')[1] ?? '', path), 'utf8')).toBe(text);
});

test('files of the bundle beside the settings are not touched', async () => {
  await up({ given: { LEVEL: 'bad' } });
  await up({ given: { LEVEL: 'high' } });
  expect(await host.seen()).toEqual(wholly('1.0', { level: 'high' }));
  expect(await read('.env.previous/x')).toBe('of the bundle');
});

test('the settings with which it became healthy are restored later', async () => {
  await up({ given: { LEVEL: 'high' } });
  await edit('web.env', 'SIZE=2\n');
  await up();
  expect(await host.seen()).toEqual(wholly('1.0', { level: 'high', size: '2' }));
  await edit('.env', 'LEVEL=bad\n');
  await edit('web.env', 'SIZE=bad\n');
  expect(await up()).toMatchObject(wentBack);
  expect(await host.seen()).toEqual(wholly('1.0', { level: 'high', size: '2' }));
});

test('an edit that was never started is not restored when an upgrade fails', async () => {
  await edit('.env', 'LEVEL=bad\n');
  expect(await up({ release: '3.0' })).toMatchObject(wentBack);
  expect(await host.seen()).toEqual(wholly('1.0'));
});

test('an added comment is kept too, once the release was healthy with it', async () => {
  const text = '# of the night shift\nLEVEL=low\n';
  await edit('.env', text);
  expect(await up()).toMatchObject({ kind: 'done', report: { outcome: 'already running' } });
  await up({ given: { LEVEL: 'bad' } });
  expect(await read('.env')).toBe(text);
});

test('bytes that are not UTF-8 are restored unchanged', async () => {
  const bytes = Buffer.from('# caf\xe9\nSIZE=1\n', 'latin1');
  await writeFile(file('web.env'), bytes);
  expect(await up()).toMatchObject({ kind: 'done', report: { outcome: 'already running' } });
  await edit('web.env', 'SIZE=bad\n');
  expect(await up()).toMatchObject(wentBack);
  expect((await readFile(file('web.env'))).equals(bytes)).toBe(true);
});

test('a problem found before the start changes no setting', async () => {
  const compose = await read('docker-compose.yml');
  const mount = '"./page.html:/page.html:ro", {type: bind, source: ./gone, target: /gone}';
  await edit('docker-compose.yml', compose.replace('"./page.html:/page.html:ro"', mount));
  const before = await read('.env');
  const ending = await up({ given: { LEVEL: 'high' } });
  expect(ending).toMatchObject({ kind: 'failed', error: { code: 'config-check-failed' } });
  expect(await read('.env')).toBe(before);
});

test('the settings of a release started by an older command are kept before others are written', async () => {
  await rm(join(host.root, 'settings'), { recursive: true });
  expect(await up({ given: { LEVEL: 'bad' } })).toMatchObject(wentBack);
  expect(await host.seen()).toEqual(wholly('1.0'));
});

test('an altered copy is reported, and the previous release is started anyway', async () => {
  await writeFile(join(host.root, 'settings', `${host.names.get('1.0')}.json`), 'no JSON');
  expect(await up({ release: '3.0' })).toMatchObject(wentBack);
  expect(lines.join('\n')).toContain('was altered');
  expect(await host.seen()).toEqual(wholly('1.0'));
});

describe('a rollback to the release that runs', () => {
  const back = { action: 'rollback' as const };

  test('restores the settings from before the last change, once', async () => {
    const before = await read('.env');
    await up({ given: { LEVEL: 'high' } });
    await edit('web.env', 'SIZE=2\n');
    await up();
    expect(await up(back)).toMatchObject({ kind: 'done', report: { outcome: 'started' } });
    expect(await host.seen()).toEqual(wholly('1.0', { level: 'high' }));
    for (const _ of [1, 2]) {
      await up(back);
      expect(await host.seen()).toEqual(wholly('1.0', { level: 'high' }));
    }
    await up({ given: { LEVEL: 'low' } });
    await up(back);
    expect(await host.seen()).toEqual(wholly('1.0', { level: 'high' }));
    expect(await read('.env')).not.toBe(before);
  });

  test('changes no setting before somebody agrees to it', async () => {
    await up({ given: { LEVEL: 'high' } });
    const now = await read('.env');
    const asked: string[] = [];
    const onPlan = async () => {
      asked.push(await read('.env'));
      return false;
    };
    expect(await up({ ...back, onPlan })).toMatchObject({ report: { outcome: 'declined' } });
    expect([...asked, await read('.env')]).toEqual([now, now]);
  });

  test('puts the present settings back if a check refuses the earlier ones', async () => {
    await up({ given: { LEVEL: 'high' } });
    const compose = await read('docker-compose.yml');
    const mount = '"./page.html:/page.html:ro", {type: bind, source: ./gone, target: /gone}';
    await edit('docker-compose.yml', compose.replace('"./page.html:/page.html:ro"', mount));
    const now = await read('.env');
    const refused = { kind: 'failed', error: { code: 'config-check-failed' } };
    expect(await up({ ...back, given: { SIZE: '2' } })).toMatchObject(refused);
    expect(await read('.env')).toBe(now);
    expect(await read('web.env')).toBe('SIZE=1\n');
  });

  test('takes further settings on top of the earlier ones', async () => {
    await up({ given: { LEVEL: 'high' } });
    expect(await up({ ...back, given: { SIZE: '2' } })).toMatchObject({
      report: { outcome: 'started' },
    });
    expect(await host.seen()).toEqual(wholly('1.0', { size: '2' }));
  });

  test('leaves settings alone that were never changed', async () => {
    const before = await read('.env');
    expect(await up(back)).toMatchObject({ report: { outcome: 'already running' } });
    expect(await read('.env')).toBe(before);
  });
});
