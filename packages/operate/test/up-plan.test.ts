import type { ProjectContainer } from '@bundle/engine';
import type { BundleManifest } from '@bundle/format';
import { servicePlans } from '../src/up/plan.ts';

const image = (name: string, services: readonly string[]) => ({
  reference: `${name}:1`,
  imageId: `sha256:${name.repeat(64)}`,
  services,
});

/** Only images matter here. */
const manifest = {
  images: [image('a', ['web', 'debug']), image('b', ['db'])],
} as unknown as BundleManifest;

const running = (service: string, name: string) =>
  ({ service, image: `${name}:1`, imageId: image(name, []).imageId }) as ProjectContainer;

const changes = (
  containers: readonly ProjectContainer[],
  services?: readonly string[],
  idle: readonly string[] = [],
) =>
  servicePlans(manifest, containers, { ...(services && { services }), idle }).map(
    ({ service, change }) => `${service} ${change}`,
  );

test('services of unselected profiles are not planned to start', () => {
  expect(changes([], ['web', 'db'])).toEqual(['db start', 'web start']);
  expect(changes([], ['web', 'db', 'debug'])).toContain('debug start');
});

test('a running service whose profile is not selected is removed', () => {
  expect(changes([running('debug', 'a')], ['web', 'db'])).toContain('debug remove');
});

test('all services start if the Compose file does not tell which', () => {
  expect(changes([])).toEqual(['db start', 'debug start', 'web start']);
});

test('different images are new, and services that are not in the release are removed', () => {
  const containers = [running('web', 'c'), running('db', 'b'), running('old', 'd')];
  expect(changes(containers, ['web', 'db'])).toEqual([
    'db same image',
    'web new image',
    'old remove',
  ]);
});

test('a service with a scale of 0 is not planned to start, and loses the containers that it has', () => {
  const all = ['web', 'db', 'debug'];
  expect(changes([], all, ['web'])).toEqual(['db start', 'debug start', 'web stays at 0']);
  expect(changes([running('web', 'a')], all, ['web'])).toContain('web remove');
});
