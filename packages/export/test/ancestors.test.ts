import { chainIds, type Digest, digestOf } from '@bundle/format';
import { planAncestors } from '../src/images/deltas/ancestors.ts';
import { type Holdings, namesOf } from '../src/images/omission.ts';

const layer = (name: string): Digest => digestOf(name);
const layers = (...names: string[]): Digest[] => names.map(layer);
const image = (reference: string, services: string[], ...names: string[]) => ({
  names: namesOf(reference, services),
  diffIds: layers(...names),
});

/** A host that has these images; `sizes` are those of its layers by name. */
function host(
  images: readonly ReturnType<typeof image>[],
  { named, sizes = {} }: { named: boolean; sizes?: Readonly<Record<string, number>> },
): Holdings {
  const places = images.flatMap(({ diffIds }) =>
    chainIds(diffIds).flatMap((chainId, index) => {
      const diffId = diffIds[index];
      return diffId === undefined ? [] : [{ chainId, diffId }];
    }),
  );
  const stored = Object.entries(sizes).map(([name, size]) => {
    const digest = digestOf(`stored ${name}`);
    return [layer(name), { digest, mediaType: 'x', size, unpackedSize: size }] as const;
  });
  return {
    chains: new Set(places.map(({ chainId }) => chainId)),
    layers: new Map(stored),
    places,
    ...(named ? { images } : {}),
  };
}

const old = image('shop:1', ['api'], 'os', 'dependencies 1', 'app 1');
const other = image('tools:1', ['job'], 'os', 'dependencies of tools', 'tools');
const bundle = host([other, old], { named: true });

test('the ancestor of a layer is at its place in the older image of the service, then come the others replaced', () => {
  const of = planAncestors([bundle], [image('shop:2', ['api'], 'os', 'dependencies 2', 'app 2')]);
  expect(of(layer('dependencies 2'), 1)).toEqual([layers('dependencies 1', 'app 1')]);
  expect(of(layer('app 2'), 1)).toEqual([layers('app 1', 'dependencies 1')]);
});

test('a renamed service is found by the repository of its image, a renamed image by its service', () => {
  const service = planAncestors([bundle], [image('shop:2', ['web'], 'os', 'dependencies 2')]);
  expect(service(layer('dependencies 2'), 1)[0]?.[0]).toBe(layer('dependencies 1'));
  const renamed = planAncestors([bundle], [image('store:2', ['api'], 'os', 'dependencies 2')]);
  expect(renamed(layer('dependencies 2'), 1)[0]?.[0]).toBe(layer('dependencies 1'));
});

test('also on a new base image, a layer has its ancestor', () => {
  const of = planAncestors([bundle], [image('shop:2', ['api'], 'os 2', 'dependencies 2', 'app 1')]);
  expect(of(layer('os 2'), 1)[0]?.[0]).toBe(layer('os'));
  expect(of(layer('dependencies 2'), 1)[0]?.[0]).toBe(layer('dependencies 1'));
});

test('an image that no host had has no ancestors', () => {
  const of = planAncestors([bundle], [image('new:1', ['new'], 'os', 'new')]);
  expect(of(layer('new'), 1)).toEqual([]);
  expect(planAncestors([], [image('new:1', ['new'], 'new')])(layer('new'), 1)).toEqual([]);
});

describe('of several hosts', () => {
  const next = [image('shop:2', ['api'], 'os', 'dependencies 2')];
  const at = (...names: string[]) => host([image('shop:0', ['api'], ...names)], { named: false });
  const listsOf = (...hosts: Holdings[]) => planAncestors(hosts, next)(layer('dependencies 2'), 1);

  test('an ancestor that all have is enough', () => {
    const both = host([image('shop:0', [], 'os', 'dependencies 0'), old], { named: false });
    expect(listsOf(bundle, both)).toEqual([layers('dependencies 1', 'app 1')]);
    expect(listsOf(at('os', 'dependencies 0'), both)).toEqual([layers('dependencies 0')]);
  });

  test('at different releases, each release has its own', () => {
    const zero = at('os', 'dependencies 0');
    const lists = listsOf(bundle, zero, zero);
    expect(lists).toEqual([layers('dependencies 1', 'app 1'), layers('dependencies 0')]);
  });

  test('an unlikely layer that all have does not take the place of likely ones', () => {
    const sizes = { 'dependencies 0': 100, 'dependencies 1': 101, common: 5 };
    const hosts = ['0', '1'].map((release) => {
      const images = [
        image('shop:0', [], 'os', `dependencies ${release}`),
        image('tools:1', [], 'os', 'common'),
      ];
      return host(images, { named: false, sizes });
    });
    const lists = planAncestors(hosts, next)(layer('dependencies 2'), 100);
    expect(lists.map(([best]) => best)).toEqual(layers('dependencies 0', 'dependencies 1'));
  });

  test('one that has the layer already makes it from itself', () => {
    const lists = listsOf(at('os', 'dependencies 0'), at('os', 'dependencies 2'));
    expect(lists).toEqual([layers('dependencies 0'), layers('dependencies 2')]);
  });

  test('one without an ancestor needs the whole layer, and so do too many releases', () => {
    expect(listsOf(bundle, at('other os'))).toEqual([]);
    const many = [0, 1, 2, 3, 4].map((n) => at('os', `dependencies of ${n}`));
    expect(listsOf(...many.slice(1))).toHaveLength(4);
    expect(listsOf(...many)).toEqual([]);
  });
});

test('of an inventory, layers on top of the same layers count, the two closest in size first', () => {
  const sizes = { 'dependencies 1': 100, 'dependencies of tools': 10, big: 1000 };
  const inventory = host([old, other, image('big:1', [], 'os', 'big')], { named: false, sizes });
  const of = planAncestors([inventory], [image('shop:2', ['api'], 'os', 'dependencies 2')]);
  expect(of(layer('dependencies 2'), 105)).toEqual([
    layers('dependencies 1', 'dependencies of tools'),
  ]);
});

test('of an inventory, a layer above a replaced one has its ancestor too', () => {
  const inventory = host([old], { named: false });
  const of = planAncestors(
    [inventory],
    [image('shop:2', ['api'], 'os', 'dependencies 2', 'app 2')],
  );
  expect(of(layer('app 2'), 1)).toEqual([layers('app 1')]);
});
