// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of Dockerfiles
import { expand, readWord } from '../src/index.ts';

const variables = { A: 'a', EMPTY: '', P: '/x/y.tar.gz' };

test.each([
  ['$A-${A}-$NONE-', 'a-a--'],
  ['${NONE:-${A}}', 'a'],
  ['${NONE-${NONE:-b}}c', 'bc'],
  ['${EMPTY-x}${EMPTY:-y}', 'y'],
  ['${EMPTY+x}${EMPTY:+y}', 'x'],
  ['${A:+${A}/}b', 'a/b'],
  ['${NONE:-"}"}', '}'],
  ['${P##*/}', 'y.tar.gz'],
  ['${P%.*}', '/x/y.tar'],
  ['${P%%.*}', '/x/y'],
  ['${P//[a-z]/_}', '/x/y.tar.gz'],
  ['${P/\\/x/z}', 'z/y.tar.gz'],
  ['\\$A $ $', '$A $ $'],
  ['C:\\dir\\$A', 'C:\\dir$A'],
  ['$constructor', ''],
])('the words %j of a Dockerfile become %j', (text, expanded) => {
  expect(expand(text, variables)).toBe(expanded);
});

test.each(['${A^^}', '${A', '${', '${}', '${:-a}', "${A:-'}"])(
  '%j is not a variable: it stays, and cannot be read',
  (text) => {
    expect(expand(`${text} $A`, variables)).toBe(`${text} a`);
    expect(readWord(text, variables)).toBeUndefined();
  },
);

test.each([
  [`'$A'"$A"`, '$Aa'],
  [`"\\"\\$A\\x"`, '"$A\\x'],
  ['a\\ b\\', 'a b'],
])('the quoted word %j is read as %j', (word, read) => {
  expect(readWord(word, variables)).toBe(read);
});
