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

const changes = (containers: readonly ProjectContainer[], starting?: readonly string[]) =>
  servicePlans(manifest, containers, starting && new Set(starting)).map(
    ({ service, change }) => `${service} ${change}`,
  );

test('services whose profile is not wanted are not said to start', () => {
  expect(changes([], ['web', 'db'])).toEqual(['db start', 'web start']);
  expect(changes([], ['web', 'db', 'debug'])).toContain('debug start');
});

test('one that runs and whose profile is not wanted is removed', () => {
  expect(changes([running('debug', 'a')], ['web', 'db'])).toContain('debug remove');
});

test('where the Compose file does not say what starts, all do', () => {
  expect(changes([])).toEqual(['db start', 'debug start', 'web start']);
});

test('other images are new, and services that the release has not are removed', () => {
  const containers = [running('web', 'c'), running('db', 'b'), running('old', 'd')];
  expect(changes(containers, ['web', 'db'])).toEqual([
    'db same image',
    'web new image',
    'old remove',
  ]);
});
