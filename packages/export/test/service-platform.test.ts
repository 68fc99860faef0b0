import { parseResolved } from '@bundle/compose';
import type { Engine } from '@bundle/engine';
import { type Platform, parsePlatform } from '@bundle/format';
import { planImages } from '../src/application/images.ts';
import { type PrepareOptions, prepareImages } from '../src/images/prepare-images.ts';
import { fits } from '../src/images/service-platform.ts';

const platform = (text: string): Platform =>
  parsePlatform(text) ?? { os: 'linux', architecture: text };

test.each<[wanted: string, image: string, expected: boolean]>([
  ['linux/amd64', 'linux/amd64', true],
  ['linux/x86_64', 'linux/amd64', true],
  ['Linux/AMD64', 'linux/amd64', true],
  ['linux/amd64/v1', 'linux/amd64', true],
  ['linux/amd64', 'linux/amd64/v2', false],
  ['linux/amd64', 'linux/arm64', false],
  ['linux/arm64', 'linux/arm64/v8', true],
  ['linux/arm64/v8', 'linux/arm64', true],
  ['linux/aarch64', 'linux/arm64/v8', true],
  ['linux/arm', 'linux/arm/v7', true],
  ['linux/arm/7', 'linux/arm/v7', true],
  ['linux/arm/v7', 'linux/arm', true],
  ['linux/armhf', 'linux/arm/v7', true],
  ['linux/arm/v6', 'linux/arm/v7', false],
  ['amd64', 'linux/amd64', true],
  ['arm64', 'linux/amd64', false],
  ['linux', 'linux/arm64', true],
  ['windows/amd64', 'linux/amd64', false],
])('a service with platform: %s and an image for %s: %s', (wanted, image, expected) => {
  expect(fits(platform(image), wanted)).toBe(expected);
});

const services = (written: string) =>
  planImages(parseResolved({ name: 'shop', ...JSON.parse(written) }, 'compose.yaml'), []);
const emulated = services(
  '{"services": {"db": {"image": "db:1", "platform": "linux/amd64"}, "web": {"image": "web:1"}}}',
);

interface Done {
  readonly pulled: string[];
  readonly taken: string[];
}

/** Prepares images on an engine of arm64. `present`: whether it has them, for itself. */
async function prepared(present: boolean, more: Partial<PrepareOptions> = {}): Promise<Done> {
  const done: Done = { pulled: [], taken: [] };
  const images = new Map<string, Platform>();
  if (present) for (const name of ['db:1', 'web:1']) images.set(name, platform('linux/arm64'));
  const text = (wanted: Platform | undefined): string => wanted?.architecture ?? 'any';
  const engine = {
    inspectImage: async (name: string) => {
      const own = images.get(name);
      return own && { id: name, platform: own };
    },
    pullImage: async (name: string, wanted: Platform | undefined) => {
      done.pulled.push(`${name} ${text(wanted)}`);
      images.set(name, wanted ?? platform('linux/arm64'));
    },
  } as unknown as Engine;
  await prepareImages(engine, emulated, {
    ...{ pull: 'missing', platform: undefined, rebuild: false },
    ...{ onProgress: () => undefined, signal: new AbortController().signal },
    ...more,
  });
  return done;
}

test('an image that Compose would not start its service with ends the export', async () => {
  await expect(prepared(true)).rejects.toMatchObject({
    code: 'platform-mismatch',
    details: {
      subject: 'db:1',
      expected: 'linux/amd64, the platform of service db in the Compose file',
      found: 'linux/arm64',
    },
  });
});

test('an image is pulled for the platform of its service', async () => {
  expect(await prepared(false)).toMatchObject({ pulled: ['db:1 amd64', 'web:1 any'] });
  expect(await prepared(true, { pull: 'always' })).toMatchObject({
    pulled: ['db:1 amd64', 'web:1 any'],
  });
});

test('an image of two services keeps the platform of each', () => {
  const planned = services(
    '{"services": {"a": {"image": "x:1", "platform": "linux/amd64"}, "b": {"image": "x:1", "platform": "linux/arm64"}}}',
  );
  expect(planned).toMatchObject([{ platforms: { a: 'linux/amd64', b: 'linux/arm64' } }]);
});
