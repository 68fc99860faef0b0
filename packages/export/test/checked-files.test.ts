import type { PlannedFile } from '../src/application/application.ts';
import { checkedFiles } from '../src/application/checked-files.ts';

const file = (path: string, from = `/p/${path}`, why = 'mounted by web'): PlannedFile => ({
  path,
  content: { file: from },
  executable: false,
  why,
});
const own = [file('docker-compose.yml', '/p/compose.yaml', 'your Compose file')];

it('a file mounted by several services is packed once for all of them', () => {
  const files = checkedFiles(own, [file('a.conf'), file('a.conf', undefined, 'mounted by api')]);
  expect(files.map(({ path }) => path)).toEqual(['docker-compose.yml', 'a.conf']);
  expect(files[1]?.why).toBe('mounted by web, mounted by api');
});

it.each([
  ['a control character', file('my\tconf.txt'), /control character/],
  ['a name that changes the direction of text', file('gr\u202eöße.conf'), /direction of text/],
  ['a name with bytes that are not UTF-8', file('\ufffd.conf'), /not UTF-8/],
  ['the bundle’s own manifest', file('bundle.json'), /a file of its own/],
  ['the same in upper case', file('README.TXT'), /a file of its own/],
  ['the Compose file’s place', file('docker-compose.yml', '/p/other.yml'), /a file of its own/],
  ['the image layout', file('images/logo.png'), /a file of its own/],
  ['a path below a file of the host', file('.env.previous/x'), /a file of its own/],
  ['a path too deep', file(`${'d/'.repeat(40)}x`), /deeper than/],
])('refused, naming the file: %s', (_name, refused, words) => {
  expect(() => checkedFiles(own, [refused])).toThrow(words);
  expect(() => checkedFiles(own, [refused])).toThrow(JSON.stringify(refused.path));
});

it('all files with an unsafe name are reported at once', () => {
  const many = Array.from({ length: 25 }, (_, n) => file(`${n}\n`));
  expect(() => checkedFiles(own, [...many, file('a.conf')])).toThrow(
    /"0\\n".*"19\\n".*and 5 more$/s,
  );
});

it('names with spaces and in other scripts are packed', () => {
  const files = checkedFiles(own, [file('配置/应用 设置.conf'), file('größe.conf')]);
  expect(files.map(({ path }) => path)).toContain('配置/应用 设置.conf');
});

it('files whose names differ only in case are refused', () => {
  expect(() => checkedFiles(own, [file('a.conf'), file('A.conf')])).toThrow(/only in case/);
});

it('a file whose name is a folder of another one, ignoring case, is refused', () => {
  expect(() => checkedFiles(own, [file('Data'), file('data/a.csv')])).toThrow(/the folder of/);
});
