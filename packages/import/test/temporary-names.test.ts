import { ownMark } from '@bundle/files';
import { staleNames, temporaryNames } from '../src/temporary-names.ts';

test('a name for pulling maps to the served repository', async () => {
  const { pulled, served } = await temporaryNames();
  const name = pulled('127.0.0.1:5000', 'shop/api:1');
  const repository = name.slice('127.0.0.1:5000/'.length, -':1'.length);
  expect(served(repository)).toBe('shop/api');
  expect(served('shop/api')).toBe('shop/api');
});

test('names of a killed import are stale; those of a running one, of a container, of another host and of the user are not', async () => {
  const { loaded, pulled } = await temporaryNames();
  const names = [loaded(0), pulled('127.0.0.1:5000', 'shop/api:1')];
  const own = await ownMark();
  const of = (mark: string): string[] => names.map((name) => name.replace(own, mark));
  const killed = of(own.replace(/^\d+/, '4194305'));
  const beforeBoot = of(own.replace(/[^-]+$/, '00000000'));
  const others = [
    ...names,
    ...of(own.replace(/-\d+-([^-]+)$/, '-1-$1')),
    ...killed.map((name) => name.replace(/import-[0-9a-f]{8}-/, 'import-00000000-')),
    ...killed.map((name) => `registry.example/${name}`),
    '127.0.0.1:5000/shop/api:1',
    'shop/api:1',
  ];
  expect(await staleNames([{ references: [...killed, ...beforeBoot, ...others] }])).toEqual([
    ...killed,
    ...beforeBoot,
  ]);
});
