import type { EngineImage } from '@bundle/engine';
import { type BundleManifest, digestOf } from '@bundle/format';
import type { Rebuild } from '@bundle/host';
import type { Recipe } from '@bundle/recipe';
import { digestOfInputs, type Inputs, isAsCaptured, isUpToDate } from '../src/unchanged.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const;
const file = (path: string, content: string) => ({
  path,
  type: 'file' as const,
  mode: 0o644,
  sha256: content.repeat(64),
});
const step = (key: string) => ({ key: key.repeat(64) }) as Recipe['steps'][number];

/** Reduced to what the decision depends on. */
const recipe = {
  image: 'shop/web:1',
  dockerfile: { path: 'Dockerfile' },
  buildArgs: { MODE: 'fast' },
  bases: [{ reference: 'debian:12', chain: digest('b') }],
  stages: [{ name: 'app', image: 'bundle-cache/shop:web-app' }],
  files: [file('Dockerfile', 'd'), file('app.py', 'a')],
  contextFiles: { lib: [file('lib.py', 'b')] },
  steps: [step('1'), step('2')],
} as unknown as Recipe;
const captured: Inputs = {
  text: 'FROM debian:12',
  buildArgs: { MODE: 'fast' },
  files: recipe.files,
  contextFiles: recipe.contextFiles,
  steps: recipe.steps,
  chains: { 'debian:12': digest('b') },
};

const changes: [string, Partial<Inputs>][] = [
  ['a file used by a step', { steps: [step('1'), step('3')] }],
  [
    'an instruction without a layer',
    { files: [file('Dockerfile', 'e'), file('app.py', 'a')], text: 'FROM debian:12\nCMD x' },
  ],
  ['a build argument', { buildArgs: { MODE: 'slow' } }],
  [
    'a file that no step is known to use',
    { files: [file('Dockerfile', 'd'), file('app.py', 'e')] },
  ],
  ['a file of an additional context', { contextFiles: { lib: [file('lib.py', 'c')] } }],
  ['what is in the context', { files: [...recipe.files, file('README', 'r')] }],
  ['the base image', { chains: { 'debian:12': digest('c') } }],
];

test('source is unchanged until an input of the result changes', () => {
  expect(isAsCaptured(recipe, captured)).toBe(true);
});

test.each(changes)('a change of %s makes the source different', (_what, change) => {
  const current = { ...captured, ...change };
  expect(isAsCaptured(recipe, current)).toBe(false);
  expect(digestOfInputs(current)).not.toBe(digestOfInputs(captured));
});

test('a Dockerfile that the context leaves out is compared by its text', () => {
  const dockerfileDigest = digestOf(captured.text);
  const hidden = { ...recipe, dockerfileDigest, files: [file('app.py', 'a')] };
  const current = { ...captured, files: hidden.files };
  expect(isAsCaptured(hidden, current)).toBe(true);
  expect(isAsCaptured(hidden, { ...current, text: 'FROM debian:12\nCMD x' })).toBe(false);
});

test('in a bundle without the digest of its text it cannot be compared, so it is built', () => {
  const hidden = { ...recipe, files: [file('app.py', 'a')] };
  expect(isAsCaptured(hidden, { ...captured, files: hidden.files })).toBe(false);
});

const image = (reference: string, imageId: string, layer: string) => ({
  reference,
  imageId: digest(imageId),
  topDigest: digest(imageId),
  manifestDigest: digest(imageId),
  layers: [{ diffId: digest(layer) }],
});
const manifestWith = (layer: string, capturedLayer: string) =>
  ({
    images: [
      image('shop/web:1', '1', layer),
      image('bundle-cache/shop:web-app', '2', capturedLayer),
    ],
  }) as unknown as BundleManifest;
const present = (imageId: string, layer: string) =>
  ({ id: digest(imageId), diffIds: [digest(layer)] }) as unknown as EngineImage;
const source = { recipe, digest: digest('5'), isAsCaptured: true };
const rebuilt = (imageId: string, of: string): Rebuild => ({
  reference: 'shop/web:1',
  services: ['web'],
  results: [{ imageId: digest(imageId), source: digest(of), previous: null }],
});

test('the image of the release is up to date with the source it was built from', () => {
  const manifest = manifestWith('7', '7');
  expect(isUpToDate(present('1', '7'), manifest, undefined, source)).toBe(true);
  expect(isUpToDate(undefined, manifest, undefined, source)).toBe(false);
  expect(isUpToDate(present('3', '7'), manifest, undefined, source)).toBe(false);
  const changed = { ...source, isAsCaptured: false };
  expect(isUpToDate(present('1', '7'), manifest, undefined, changed)).toBe(false);
});

test('an image older than the captured source is not', () => {
  expect(isUpToDate(present('1', '7'), manifestWith('7', '8'), undefined, source)).toBe(false);
});

test('the result of a rebuild is up to date with the source of that rebuild, even if it differs from the export', () => {
  const manifest = manifestWith('7', '7');
  expect(isUpToDate(present('4', '9'), manifest, rebuilt('4', '5'), source)).toBe(true);
  expect(isUpToDate(present('4', '9'), manifest, rebuilt('4', '6'), source)).toBe(false);
  // The image was restored, or another one was put there by hand.
  expect(isUpToDate(present('1', '7'), manifest, rebuilt('4', '6'), source)).toBe(true);
  expect(isUpToDate(present('3', '9'), manifest, rebuilt('4', '5'), source)).toBe(false);
});
