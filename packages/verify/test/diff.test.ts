import { paths } from '@bundle/format';
import { sampleManifest } from '@bundle/testkit';
import { composeKeysOf, diffManifests, variablesOf } from '../src/diff.ts';

const other = `sha256:${'1'.repeat(64)}` as const;

test('two bundles with the same content have no differences and share all blobs', () => {
  const manifest = sampleManifest();
  const blobs = manifest.files.filter(({ path }) => path.startsWith(`${paths.blobsDir}/`));
  const shared = blobs.reduce((sum, { size }) => sum + size, 0);
  expect(diffManifests(manifest, { ...manifest, version: '1.1' })).toEqual({
    images: [],
    layers: [],
    files: [],
    carriedPackages: { before: [], after: [] },
    newBytes: 0,
    sharedBytes: shared,
  });
});

test('images, layers and files are added, removed and changed', () => {
  const before = sampleManifest();
  const after = sampleManifest();
  const [image] = after.images;
  if (image === undefined) throw new Error('the sample has no image');
  image.imageId = other;
  image.layers = image.layers.map((layer) => ({ ...layer, digest: other, size: 7 }));
  const [first, second] = after.files;
  if (first === undefined || second === undefined) throw new Error('the sample has no files');
  first.sha256 = '1'.repeat(64);
  after.files = after.files.filter((file) => file !== second);
  after.files.push({ path: 'nginx/site.conf', size: 9, sha256: '2'.repeat(64) });
  const reference = 'shop-api:1.0';
  expect(diffManifests(before, after)).toMatchObject({
    images: [{ reference, change: 'changed', bytesBefore: 5, bytesAfter: 7 }],
    layers: [
      { digest: other, change: 'added', size: 7, images: [reference] },
      { digest: before.images[0]?.layers[0]?.digest, change: 'removed', size: 5 },
    ],
    files: [
      { path: first.path, change: 'changed' },
      { path: second.path, change: 'removed', sizeBefore: second.size },
      { path: 'nginx/site.conf', change: 'added', sizeAfter: 9 },
    ].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    newBytes: first.size + 9,
  });
  const added = diffManifests({ ...before, images: [] }, before);
  expect(added.images).toEqual([{ reference, change: 'added', bytesAfter: 5 }]);
});

test('variables of an env file, without commented ones', () => {
  const text = '# PORT=1\nPORT=8080\nexport NAME = a=b \n\nEMPTY=\nno assignment\n';
  expect(Object.fromEntries(variablesOf(text))).toEqual({ PORT: '8080', NAME: 'a=b', EMPTY: '' });
});

test('keys of a Compose file, down to each variable of a service', () => {
  const text = [
    'name: shop',
    'services:',
    '  api: { image: "api:1", ports: ["80:80"], environment: { A: 1 } }',
    '  web: { environment: [B=x=y, C] }',
    '  empty:',
    'volumes: { data: {} }',
    'x-note: { a: 1 }',
  ].join('\n');
  expect(Object.fromEntries(composeKeysOf(text))).toEqual({
    name: 'shop',
    'services.api.image': 'api:1',
    'services.api.ports': '["80:80"]',
    'services.api.environment.A': '1',
    'services.web.environment.B': 'x=y',
    'services.web.environment.C': '',
    'services.empty': 'null',
    'volumes.data': '{}',
    'x-note.a': '1',
  });
});
