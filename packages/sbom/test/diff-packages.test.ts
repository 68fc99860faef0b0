import type { BundleImage } from '@bundle/format';
import { changedImages, diffPackages } from '../src/index.ts';
import { dpkgStatus, packagesOf } from './layer-of.ts';

const image = (reference: string, services: string[], digit: string): BundleImage => ({
  reference,
  services,
  imageId: `sha256:${digit.repeat(64)}`,
  topDigest: `sha256:${digit.repeat(64)}`,
  manifestDigest: `sha256:${digit.repeat(64)}`,
  platform: { os: 'linux', architecture: 'amd64' },
  layers: [],
});
const npm = (version: string): string => JSON.stringify({ name: 'a', version });

test('packages that were added, removed and updated are listed, and no others', () => {
  const before = packagesOf({
    'var/lib/dpkg/status': dpkgStatus(['same', '1'], ['gone', '1'], ['curl', '7.88']),
    'x/node_modules/a/package.json': npm('1.0.0'),
  });
  const after = packagesOf({
    'var/lib/dpkg/status': dpkgStatus(['same', '1'], ['new', '1'], ['curl', '7.89']),
    'y/node_modules/a/package.json': npm('1.0.0'),
    'x/node_modules/a/package.json': npm('2.0.0'),
  });
  const shown = diffPackages(before, after).map(
    ({ change, type, name, before: from, after: to }) =>
      `${change} ${type} ${name} ${from} > ${to}`,
  );
  expect(shown).toEqual([
    'updated deb curl 7.88 > 7.89',
    'removed deb gone 1 > ',
    'added deb new  > 1',
    'updated npm a 1.0.0 > 1.0.0,2.0.0',
  ]);
  expect(diffPackages(before, before)).toEqual([]);
  expect(diffPackages(undefined, after).every(({ change }) => change === 'added')).toBe(true);
});

test('images are paired by name, then by service; unchanged ones are left out', () => {
  const pairs = changedImages(
    [image('api:1', ['api'], '1'), image('db:1', ['db'], '2'), image('old:1', ['old'], '3')],
    [image('api:2', ['api'], '4'), image('db:1', ['db'], '2'), image('new:1', ['new'], '5')],
  );
  expect(pairs.map(({ before, after }) => [before?.reference, after?.reference])).toEqual([
    ['api:1', 'api:2'],
    [undefined, 'new:1'],
    ['old:1', undefined],
  ]);
});
