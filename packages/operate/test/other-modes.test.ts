import { otherModes } from '../src/index.ts';

test('a service whose mode is another one in the release is removed first, because Swarm refuses to change it', () => {
  const service = (mode: string) => ({ hash: '', definition: '', mode, replicas: 1 });
  const wanted = new Map([
    ['web', service('global')],
    ['db', service('replicated')],
    ['new', service('global-job')],
  ]);
  const there = ['web', 'db', 'gone'].map((name) => ({ name: `shop_${name}`, mode: 'replicated' }));
  expect(otherModes('shop', there, wanted)).toEqual(['shop_web']);
});
