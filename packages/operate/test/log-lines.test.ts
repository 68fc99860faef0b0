import { shortened } from '../src/up/log-lines.ts';

const request = (path: string, count: number) =>
  Array.from(
    { length: count },
    (_, index) => `web-1  | 10.0.0.1 - [28/Nov/2026:20:00:${index}] "GET ${path} HTTP/1.1" 500`,
  );

test('requests do not hide the error among them', () => {
  const error = ['web-1  | Traceback:', 'web-1  |   File x.py, line 3', 'web-1  | KeyError: TOKEN'];
  const lines = [...request('/health', 40), ...error, ...request('/', 30), ...request('/x', 30)];
  expect(shortened(lines, 20)).toEqual([
    'web-1  | 10.0.0.1 - [28/Nov/2026:20:00:39] "GET /health HTTP/1.1" 500 (and 39 like it before)',
    ...error,
    'web-1  | 10.0.0.1 - [28/Nov/2026:20:00:29] "GET /x HTTP/1.1" 500 (and 59 like it before)',
  ]);
});

test('a few lines that are alike stay, and of many different ones the last', () => {
  const few = ['a-1  | try 1', 'a-1  | try 2', 'a-1  | try 3'];
  expect(shortened(few, 20)).toEqual(few);
  expect(shortened([...few, 'a-1  | try 4'], 20)).toEqual(['a-1  | try 4 (and 3 like it before)']);
  const all = [...'abcdefgh'].map((letter) => `a-1  | ${letter}${letter}x`);
  expect(shortened(all, 3)).toEqual(all.slice(-3));
  // Of different containers.
  expect(shortened(['a-1  | 1', 'b-1  | 1', 'a-1  | 1', 'b-1  | 1'], 20)).toHaveLength(4);
});
