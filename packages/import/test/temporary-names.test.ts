import { pulledName, servedRepository, staleNames, temporaryName } from '../src/temporary-names.ts';

test('a name to pull by stands for what is served', () => {
  const name = pulledName('127.0.0.1:5000', 'shop/api:1');
  const repository = name.slice('127.0.0.1:5000/'.length, -':1'.length);
  expect(servedRepository(repository)).toBe('shop/api');
  expect(servedRepository('shop/api')).toBe('shop/api');
});

test('names of a killed import are stale; those of a running one, of another host and of the user are not', () => {
  const names = [temporaryName(0), pulledName('127.0.0.1:5000', 'shop/api:1')];
  const of = (pid: number) => names.map((name) => name.replace(`-${process.pid}-`, `-${pid}-`));
  const killed = of(4_194_305);
  const others = [
    ...of(1),
    ...killed.map((name) => name.replace(/-[0-9a-f]{12}\//, '-000000000000/')),
    ...killed.map((name) => `registry.example/${name}`),
    '127.0.0.1:5000/shop/api:1',
    'shop/api:1',
  ];
  expect(staleNames([{ references: [...killed, ...others] }])).toEqual(killed);
});
