import type { PlannedFile } from '../src/application/application.ts';
import { checkedFiles } from '../src/application/checked-files.ts';

const file = (path: string, from = `/p/${path}`, why = 'mounted by web'): PlannedFile => ({
  path,
  content: { file: from },
  executable: false,
  why,
});
const own = [file('docker-compose.yml', '/p/compose.yaml', 'your Compose file')];

it('a file that several services mount is packed once, for all of them', () => {
  const files = checkedFiles(own, [file('a.conf'), file('a.conf', undefined, 'mounted by api')]);
  expect(files.map(({ path }) => path)).toEqual(['docker-compose.yml', 'a.conf']);
  expect(files[1]?.why).toBe('mounted by web, mounted by api');
});

it.each([
  ['a space', file('my conf.txt'), /character other than/],
  ['another alphabet', file('größe.conf'), /character other than/],
  ['the bundle’s own manifest', file('bundle.json'), /a file of its own/],
  ['the same in capitals', file('README.TXT'), /a file of its own/],
  ['the Compose file’s place', file('docker-compose.yml', '/p/other.yml'), /a file of its own/],
  ['the image layout', file('images/logo.png'), /a file of its own/],
  ['below a file of the host', file('.env.previous/x'), /a file of its own/],
  ['a path too deep', file(`${'d/'.repeat(20)}x`), /deeper than/],
])('refused, naming the file: %s', (_name, refused, words) => {
  expect(() => checkedFiles(own, [refused])).toThrow(words);
  expect(() => checkedFiles(own, [refused])).toThrow(refused.path);
});

it('files that differ in upper and lower case only are refused', () => {
  expect(() => checkedFiles(own, [file('a.conf'), file('A.conf')])).toThrow(/upper and lower case/);
});

it('a file that is a folder of another where case does not count is refused', () => {
  expect(() => checkedFiles(own, [file('Data'), file('data/a.csv')])).toThrow(/the folder of/);
});
