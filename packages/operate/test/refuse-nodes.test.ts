import { refuseNodes } from '../src/index.ts';

const nodes = [
  { name: 'one', version: '28.5.2', refusesIpv6Names: false },
  { name: 'two', version: '20.10.24', refusesIpv6Names: true },
];

test('a registry with an IPv6 address is refused where a node does not take such names, and the node is named', () => {
  expect(() => refuseNodes(nodes, '[fd00::5]:5000/shop')).toThrow(
    expect.objectContaining({
      code: 'engine-too-old',
      details: expect.objectContaining({ found: 'two with Docker 20.10.24' }),
    }),
  );
  refuseNodes(nodes.slice(0, 1), '[fd00::5]:5000/shop');
  refuseNodes(nodes, '10.0.0.5:5000/shop');
});
