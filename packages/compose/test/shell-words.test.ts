import { readProject } from '../src/project.ts';
import { shellWords } from '../src/shell-words.ts';

// Each as docker compose config 2.26 and 2.40 have it.
test.each([
  ['a  b', ['a', 'b']],
  ['a\tb\r\nc', ['a', 'b', 'c']],
  ['a "b c" \'d e\'', ['a', 'b c', 'd e']],
  ['a"b c"d', ['ab cd']],
  ['a ""', ['a', '']],
  ['sh -c "echo \\"x\\""', ['sh', '-c', 'echo "x"']],
  ['"a\\b" \'c\\d\' \\e a\\ b', ['ab', 'c\\d', 'e', 'a b']],
  ['a\u00a0b \u3000 c', ['a\u00a0b', '\u3000', 'c']],
  ['a # b', ['a', '#', 'b']],
  ['', []],
  [' ', []],
  ['echo a; echo b', ['echo', 'a']],
  ['http://x/?a=1&b=2', ['http://x/?a=1']],
  ['a\\;b "c;d"', ['a;b', 'c;d']],
  ['a 2>&1 b', ['a']],
  ['a 12> b', ['a']],
  ['|a', []],
  ['echo `id x` x', ['echo', '`id x`', 'x']],
  ['a`b c`d', ['a`b c`d']],
  ['a $(b "c d") e', ['a', '$(b "c d")', 'e']],
  ['"$(x y)" "a `b" z', ['$(x y)', 'a `b', 'z']],
  ['a "(b)" c', ['a', '(b)', 'c']],
  ['a "b', undefined],
  ["a'b", undefined],
  ['a `b', undefined],
  ['a \\', undefined],
  ['echo (a)', undefined],
  ['a ) b', undefined],
])('%j is split as Compose splits it', (line, words) => {
  expect(shellWords(line)).toEqual(words);
});

test('a command as one text has the words of Compose', () => {
  const project = readProject({ services: { web: { command: 'sh -c "echo a b"' } } });
  expect(project?.services['web']?.command).toEqual(['sh', '-c', 'echo a b']);
});
