import { servedRepository, staleNames, temporaryName } from '../src/temporary-names.ts';

test('a temporary name stands for what is served', () => {
  const name = temporaryName('127.0.0.1:5000', 'shop/api:1');
  const repository = name.slice('127.0.0.1:5000/'.length, -':1'.length);
  expect(servedRepository(repository)).toBe('shop/api');
  expect(servedRepository('shop/api')).toBe('shop/api');
});

test('names of a killed import are stale; those of a running one and of the user are not', () => {
  const killed = '127.0.0.1:5000/bundle-import-4194305/shop/api:1';
  const others = [
    '127.0.0.1:5000/bundle-import-1/shop/api:1',
    '127.0.0.1:5000/shop/api:1',
    'registry.example/bundle-import-4194305/shop/api:1',
    'shop/api:1',
  ];
  expect(staleNames([{ references: [killed, ...others] }])).toEqual([killed]);
});
