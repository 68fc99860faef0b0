import { digestOfHex } from '@bundle/format';
import { planRepositories, repositoryNames } from '../src/index.ts';

const [one, two] = [digestOfHex('1'.repeat(64)), digestOfHex('2'.repeat(64))];

test.each([
  ['nginx:1.27', 'nginx', ['nginx', 'library/nginx', 'docker.io/library/nginx'], undefined],
  ['shop/api:1', 'shop/api', ['shop/api', 'docker.io/shop/api'], undefined],
  ['ghcr.io/a/b:1', 'ghcr.io/a/b', ['ghcr.io/a/b'], 'a/b'],
  ['Reg.Local:5000/a:1', 'reg.local_5000/a', ['reg.local_5000/a'], 'a'],
  ['localhost/a:1', 'localhost/a', ['localhost/a'], 'a'],
  ['[fd00::1]:5000/a:1', 'fd00-0-1_5000/a', ['fd00-0-1_5000/a'], 'a'],
  ['[::1]/a:1', '0-1/a', ['0-1/a'], 'a'],
  ['[FD00::]:80/a:1', 'fd00-0_80/a', ['fd00-0_80/a'], 'a'],
])('%s is listed as %s and reached by its other names', (reference, listed, own, short) => {
  expect(repositoryNames(reference)).toMatchObject({ listed, own });
  expect(repositoryNames(reference)?.short).toBe(short);
});

test.each(['nginx', 'NGINX:1', '../etc:1', 'a//b:1', `${'a/'.repeat(140)}b:1`])(
  'an image called %s cannot be served',
  (reference) => {
    expect(() => planRepositories([{ reference, topDigest: one }])).toThrow('expected a reference');
  },
);

test('a short name means the image of exactly that name, never one of another registry', () => {
  const { tags } = planRepositories([
    { reference: 'ghcr.io/a/b:1', topDigest: two },
    { reference: 'a/b:1', topDigest: one },
  ]);
  expect(tags.get('a/b')?.get('1')).toBe(one);
  expect(tags.get('ghcr.io/a/b')?.get('1')).toBe(two);
});

test('a short name claimed by two registries is not served', () => {
  const { tags } = planRepositories([
    { reference: 'ghcr.io/a/b:1', topDigest: one },
    { reference: 'quay.io/a/b:1', topDigest: two },
    { reference: 'quay.io/a/b:2', topDigest: two },
  ]);
  expect([...(tags.get('a/b')?.keys() ?? [])]).toEqual(['2']);
  expect(tags.get('quay.io/a/b')?.get('1')).toBe(two);
});

test('two images under one name are refused', () => {
  const images = [one, two].map((topDigest) => ({ reference: 'shop:1', topDigest }));
  expect(() => planRepositories(images)).toThrow('expected one image under this name');
});
