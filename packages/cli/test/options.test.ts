import { parseDuration, parseSize } from '../src/shared/options/values.ts';
import { bundle } from './run-bundle.ts';

test.each([
  ['90', 90],
  ['15s', 15],
  ['5m', 300],
  ['1h30m', 5400],
  ['1.5h', 5400],
  ['250ms', 0.25],
  ['0', 0],
])('%s is a duration of %p seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each(['', 's', '15x', '5 m', '-1', '1e3', '15s5'])('%p is not a duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  ['500mb', 500e6],
  ['4.7 GB', 4.7e9],
  ['2gib', 2 ** 31],
  ['2GiB', 2 ** 31],
  ['64KiB', 65536],
  ['1K', 1000],
  ['12', 12],
])('%s is a size of %p bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '4X', '4iB', 'MB', '-1', '4,7G'])('%p is not a size', (text) => {
  expect(parseSize(text)).toBeUndefined();
});

test.each([
  ['up', '--timeout', '15x', 'such as 90, 15s, 5m or 1h30m'],
  ['up', '--settle', '2d', 'such as 90, 15s, 5m or 1h30m'],
  ['up', '--timeout', '25h', 'at most a day'],
  ['cache prune', '--keep', 'much', 'such as 4000M, 4.7G or 2GiB'],
  ['serve x', '--listen', 'a:b', 'such as 0.0.0.0:5000 or [::1]:5000'],
  ['serve x', '--listen', '127.0.0.1:70000', 'such as 0.0.0.0:5000 or [::1]:5000'],
  ['serve x', '--listen', '', 'such as 0.0.0.0:5000 or [::1]:5000'],
])('bundle %s %s %p says how it is written', async (command, option, value, words) => {
  const { code, stderr } = await bundle([...command.split(' '), option, value]);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('a port given twice has to be the same', async () => {
  const { code, stderr } = await bundle(['serve', 'x', '--listen', ':5001', '--port', '5002']);
  expect(code).toBe(2);
  expect(stderr).toContain('--listen with port 5001 and --port 5002');
});

describe('the name of an application', () => {
  const state = ['--state-dir', '/nonexistent'];
  const commands =
    'rebuild source doctor export up status releases logs rollback prune uninstall history';
  test.each([
    ...commands.split(' ').map((command) => [command]),
    ['import', 'x'],
    ['preflight', 'x'],
  ])('bundle %s accepts it as --name and as --product', async (...words) => {
    for (const option of ['--name', '--product']) {
      const { code, stderr } = await bundle([...words, option, 'My Shop']);
      expect(code).toBe(2);
      expect(stderr).toContain('error: reading --name');
    }
  });

  test('the application named with --product is looked up', async () => {
    const { stderr } = await bundle(['source', '--product', 'shop', ...state]);
    expect(stderr).toContain('shop');
  });
});

test.each([
  [['swarm', '--status'], '--status', 'only with --hosts'],
  [['swarm', '--limit', 'web'], '--limit', 'only with --hosts'],
  [['swarm', '--canary', '2'], '--canary', 'only with --hosts'],
  [['swarm', '--parallel', '2'], '--parallel', 'only with --hosts'],
  [['--hosts', '/h.yaml', '--plain-http', 'r:5000'], '--plain-http', 'not together with --hosts'],
])(
  'deploy %p ends at once: an option of the other kind would count for nothing',
  async (words, option, expected) => {
    const { code, stderr } = await bundle(['deploy', ...words]);
    expect(stderr).toContain(option);
    expect(stderr).toContain(expected);
    expect(code).toBe(2);
  },
);
