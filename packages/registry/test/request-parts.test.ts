import { parseByteRange } from '../src/byte-range.ts';
import { byTag, pageOf } from '../src/paging.ts';
import { parseRoute } from '../src/route.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['bytes=0-0', { first: 0, last: 0 }],
  ['bytes=3-', { first: 3, last: 9 }],
  ['bytes=-4', { first: 6, last: 9 }],
  ['bytes=-40', { first: 0, last: 9 }],
  ['bytes=5-99999999999999999999999', { first: 5, last: 9 }],
  ['BYTES=1-2', { first: 1, last: 2 }],
  ['bytes=10-', 'unsatisfiable'],
  [`bytes=${'9'.repeat(400)}-`, 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=5-2', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,3-4', undefined],
  ['bytes=0x1-0x2', undefined],
  ['bytes=--1', undefined],
  ['lines=1-2', undefined],
  [undefined, undefined],
])('Range %s of ten bytes', (header, expected) => {
  expect(parseByteRange(header, 10)).toEqual(expected);
});

test('no byte of an empty blob can be requested', () => {
  expect(parseByteRange('bytes=0-', 0)).toBe('unsatisfiable');
  expect(parseByteRange('bytes=-1', 0)).toBe('unsatisfiable');
});

test('tags are sorted regardless of case', () => {
  expect(['b', 'C', 'B', 'a', '1'].sort(byTag)).toEqual(['1', 'a', 'B', 'b', 'C']);
});

test.each([
  ['', ['a', 'B', 'c'], undefined],
  ['n=2', ['a', 'B'], 'B'],
  ['n=3', ['a', 'B', 'c'], undefined],
  ['n=0', [], undefined],
  ['last=B', ['c'], undefined],
  ['n=1&last=a', ['B'], 'B'],
  ['last=aa', ['B', 'c'], undefined],
  ['last=zzz', [], undefined],
  [`n=${'9'.repeat(400)}`, ['a', 'B', 'c'], undefined],
])('page %s', (query, items, next) => {
  expect(pageOf(['a', 'B', 'c'], new URLSearchParams(query))).toEqual({ items, next });
});

test.each(['n=-1', 'n=x', 'n=', 'n=1.5', 'n=1e3'])('page %s is refused', (query) => {
  expect(pageOf(['a'], new URLSearchParams(query))).toBeUndefined();
});

test.each([
  ['/v2', { kind: 'base' }],
  ['http://host:5000/v2/a/manifests/1', { kind: 'manifest', name: 'a', reference: '1' }],
  ['/v2/manifests/manifests/1', { kind: 'manifest', name: 'manifests', reference: '1' }],
  [`/v2/a/b/blobs/${digest}`, { kind: 'blob', name: 'a/b', digest }],
  [`/v2/a/blobs/${digest.replace(':', '%3A')}`, { kind: 'blob', name: 'a', digest }],
  ['/v2/a/b/manifests/1?ns=ghcr.io', { kind: 'manifest', name: 'ghcr.io/a/b', reference: '1' }],
  ['/v2/a/manifests/1?ns=reg:5000', { kind: 'manifest', name: 'reg_5000/a', reference: '1' }],
])('%s is understood', (target, route) => {
  expect(parseRoute(target)).toMatchObject(route);
});

test.each([
  ['/', 'UNSUPPORTED'],
  ['/v2/a', 'UNSUPPORTED'],
  ['/v2/a/tags/other', 'UNSUPPORTED'],
  ['/v2/a/blobs/uploads/1', 'UNSUPPORTED'],
  ['/v2//manifests/1', 'NAME_INVALID'],
  ['/v2/A/manifests/1', 'NAME_INVALID'],
  ['/v2/a/%zz/manifests/1', 'NAME_INVALID'],
  ['/v2/../../etc/manifests/1', 'NAME_INVALID'],
  ['/v2/%2e%2e/%2e%2e%2fetc/blobs/x', 'NAME_INVALID'],
  ['/v2/a%00b/manifests/1', 'NAME_INVALID'],
  ['/v2/a/manifests/1?ns=../..', 'NAME_INVALID'],
  ['/v2/a/manifests/sha256:short', 'DIGEST_INVALID'],
  ['/v2/a/blobs/..%2f..%2fetc%2fpasswd', 'UNSUPPORTED'],
  ['/v2/a/blobs/bundle.json', 'DIGEST_INVALID'],
  [`/v2/a/blobs/${digest.toUpperCase()}`, 'DIGEST_INVALID'],
  [`/v2/a/blobs/sha512:${'a'.repeat(128)}`, 'BLOB_UNKNOWN'],
  ['/v2/a/referrers/latest', 'DIGEST_INVALID'],
])('%s is refused: %s', (target, code) => {
  expect(parseRoute(target)).toMatchObject({ code });
});
