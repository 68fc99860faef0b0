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
  ['a control character', file('my\tconf.txt'), /control character/],
  ['an alphabet that turns around', file('gr\u202eöße.conf'), /direction of text/],
  ['a name with bytes that are not UTF-8', file('\ufffd.conf'), /not UTF-8/],
  ['the bundle’s own manifest', file('bundle.json'), /a file of its own/],
  ['the same in capitals', file('README.TXT'), /a file of its own/],
  ['the Compose file’s place', file('docker-compose.yml', '/p/other.yml'), /a file of its own/],
  ['the image layout', file('images/logo.png'), /a file of its own/],
  ['below a file of the host', file('.env.previous/x'), /a file of its own/],
  ['a path too deep', file(`${'d/'.repeat(40)}x`), /deeper than/],
])('refused, naming the file: %s', (_name, refused, words) => {
  expect(() => checkedFiles(own, [refused])).toThrow(words);
  expect(() => checkedFiles(own, [refused])).toThrow(JSON.stringify(refused.path));
});

it('all files with an unsafe name are told at once', () => {
  const many = Array.from({ length: 25 }, (_, n) => file(`${n}\n`));
  expect(() => checkedFiles(own, [...many, file('a.conf')])).toThrow(
    /"0\\n".*"19\\n".*and 5 more$/s,
  );
});

it('spaces and other scripts are packed', () => {
  const files = checkedFiles(own, [file('配置/应用 设置.conf'), file('größe.conf')]);
  expect(files.map(({ path }) => path)).toContain('配置/应用 设置.conf');
});

it('files that differ in upper and lower case only are refused', () => {
  expect(() => checkedFiles(own, [file('a.conf'), file('A.conf')])).toThrow(/only in case/);
});

it('a file that is a folder of another where case does not count is refused', () => {
  expect(() => checkedFiles(own, [file('Data'), file('data/a.csv')])).toThrow(/the folder of/);
});
