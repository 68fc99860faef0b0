import type { EngineImage } from '@bundle/engine';
import { type BundleImage, type Digest, digestOfHex } from '@bundle/format';
import { type LoadStep, planLoads, sentBytes } from '../src/load-plan.ts';

const platform = { os: 'linux', architecture: 'amd64' };
const digest = (name: string): Digest =>
  digestOfHex(Buffer.from(name).toString('hex').padEnd(64, '0'));

/** Makes an image with layers named by words; a layer's diff ID ends in 1, and its size is the length of its word. */
function image(reference: string, words: string): BundleImage {
  const id = digest(`id ${reference}`);
  const layers = words.split(' ').map((word) => ({
    digest: digest(word),
    mediaType: 'x',
    size: word.length,
    diffId: diffId(word),
  }));
  const ids = { imageId: id, topDigest: id, manifestDigest: id };
  return { reference, services: [], ...ids, platform, layers };
}
function diffId(word: string): Digest {
  return digestOfHex(Buffer.from(word).toString('hex').padEnd(64, '1'));
}
function present(words: string): EngineImage {
  const diffIds = words.split(' ').map(diffId);
  return { id: digest(words), references: [], platform, created: '', diffIds, size: 0 };
}
/** Describes steps as `api[base,api] > (web[web])`: what is sent, and what follows. */
function shown(steps: readonly LoadStep[]): string {
  return steps
    .map(({ images, layers, next }) => {
      const names = images.map(({ reference }) => reference).join('+');
      const sent = [...layers].map((l) => Buffer.from(l.slice(7).replace(/(?:00)+$/, ''), 'hex'));
      return `${names}[${sent.join()}]${next.length > 0 ? ` > (${shown(next)})` : ''}`;
    })
    .join(' | ');
}

const docker = { store: 'graph-driver', loadsPartially: true } as const;

test.each<[string, [string, string][], string[], string]>([
  ['one image', [['a', 'base app']], [], 'a[base,app]'],
  [
    'two bases in parallel',
    [
      ['a', 'base app'],
      ['b', 'other bar'],
    ],
    [],
    'a[base,app] | b[other,bar]',
  ],
  [
    'a shared base once, the larger image first, then the others in parallel',
    [
      ['a', 'base x'],
      ['b', 'base large'],
      ['c', 'base yz'],
    ],
    [],
    'b[base,large] > (c[yz] | a[x])',
  ],
  [
    'images on a shared second layer after the one that brings it',
    [
      ['a', 'base large'],
      ['b', 'base mid x'],
      ['c', 'base mid yyyyy'],
    ],
    [],
    'c[base,mid,yyyyy] > (a[large] | b[x])',
  ],
  [
    'a base that the engine has',
    [
      ['a', 'base x'],
      ['b', 'base y'],
    ],
    ['base'],
    'a[x] | b[y]',
  ],
  [
    'all layers known: only the names',
    [
      ['a', 'base x'],
      ['b', 'base'],
    ],
    ['base x'],
    'a[] | b[]',
  ],
  ['a known layer again if it is on another base', [['a', 'base x']], ['other x'], 'a[base,x]'],
  ['nothing', [], [], ''],
])('a graph driver loads %s', (_, images, known, expected) => {
  const missing = images.map(([reference, words]) => image(reference, words));
  expect(shown(planLoads(missing, known.map(present), docker))).toBe(expected);
});

test.each([
  ['a containerd store', { store: 'containerd', loadsPartially: true }],
  ['an image layout', { store: 'oci-layout', loadsPartially: true }],
  ['podman', { store: 'graph-driver', loadsPartially: false }],
] as const)('%s gets every layer, once for images that share a base', (_, engine) => {
  const missing = [image('a', 'base x'), image('b', 'other'), image('c', 'base y')];
  const steps = planLoads(missing, [present('base x')], engine);
  expect(shown(steps)).toBe('a+c[base,x,y] | b[other]');
  expect(sentBytes(steps)).toBe('basexyother'.length);
});

test('the bytes of following steps count too', () => {
  const steps = planLoads([image('a', 'base x'), image('b', 'base yy')], [], docker);
  expect(sentBytes(steps)).toBe('baseyyx'.length);
});
