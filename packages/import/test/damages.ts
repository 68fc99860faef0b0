import { blobPath, paths } from '@bundle/format';
import type { TestImage } from '@bundle/testkit';
import { type Contents, resign, sha256, type TestBundle, text } from './build-bundle.ts';

/** Images of a release after that of `sampleImages`. */
export const newer: readonly TestImage[] = [
  { reference: 'shop-api:1.0', layers: [{ text: 'base' }, { text: 'newer api' }] },
  { reference: 'shop-new:1.0', layers: [{ text: 'other base' }] },
];
/** The stored layer that is only in the newer api. */
export function topLayer({ report }: TestBundle): string {
  const digest = report.manifest.images[0]?.layers[1]?.digest;
  if (digest === undefined) throw new Error('no layer');
  return blobPath(digest);
}

function edit(contents: Contents, path: string, before: string, after: string): void {
  const changed = text(contents, path).replace(before, after);
  expect(changed).not.toBe(text(contents, path));
  contents.set(path, Buffer.from(changed));
}
/** Changes the document of the first image, and its digest wherever it is used. */
function replaceManifest(contents: Contents, change: (json: string) => string): void {
  const { images } = JSON.parse(text(contents, paths.manifest));
  const old = String(images[0].topDigest).slice('sha256:'.length);
  const path = `${paths.blobsDir}/${old}`;
  const bytes = Buffer.from(change(text(contents, path)));
  const now = sha256(bytes);
  const index = JSON.parse(text(contents, paths.imageIndex));
  index.manifests[0].size = bytes.length;
  contents.set(paths.imageIndex, Buffer.from(JSON.stringify(index)));
  const all = [...contents].map(([name, content]): [string, Buffer] => {
    if (name === path) return [`${paths.blobsDir}/${now}`, bytes];
    const isText = name === paths.manifest || name === paths.imageIndex;
    return [name, isText ? Buffer.from(content.toString().replaceAll(old, now)) : content];
  });
  contents.clear();
  for (const [name, content] of all) contents.set(name, content);
  resign(contents, () => undefined);
}

function flipped(bytes: Buffer | undefined): Buffer {
  if (bytes === undefined) throw new Error('not there');
  const copy = Buffer.from(bytes);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}

/** What somebody may have done to a bundle: in words, what it does to the contents, and the code of the refusal. */
export const damages: readonly [string, (contents: Contents, layer: string) => void, string][] = [
  [
    'a layer changed by one bit',
    (c, layer) => c.set(layer, flipped(c.get(layer))),
    'digest-mismatch',
  ],
  ['a layer is missing', (c, layer) => c.delete(layer), 'file-missing'],
  [
    'a layer is truncated',
    (c, layer) => c.set(layer, (c.get(layer) ?? Buffer.alloc(0)).subarray(1)),
    'size-mismatch',
  ],
  ['there is an extra file', (c) => c.set('extra.sh', Buffer.from('rm')), 'file-unlisted'],
  [
    'there is an extra blob',
    (c) => c.set(`${paths.blobsDir}/x`, Buffer.from('x')),
    'file-unlisted',
  ],
  [
    'two blobs changed places',
    (c, layer) => {
      const other = [...c.keys()].find((p) => p.startsWith(paths.blobsDir) && p !== layer) ?? '';
      const [one, two] = [c.get(layer), c.get(other)];
      if (one === undefined || two === undefined) throw new Error('not there');
      c.set(layer, two).set(other, one);
    },
    'size-mismatch',
  ],
  [
    'the Compose file changed',
    (c) => c.set(paths.compose, flipped(c.get(paths.compose))),
    'digest-mismatch',
  ],
  [
    'the list of images changed',
    (c) => c.set(paths.imageIndex, flipped(c.get(paths.imageIndex))),
    'digest-mismatch',
  ],
  [
    'checksums.sha256 changed',
    (c) => c.set(paths.checksums, flipped(c.get(paths.checksums))),
    'digest-mismatch',
  ],
  ['checksums.sha256 is missing', (c) => c.delete(paths.checksums), 'file-missing'],
  [
    'bundle.json changed, if only by a space',
    (c) => c.set(paths.manifest, Buffer.from(`${text(c, paths.manifest)} `)),
    'digest-mismatch',
  ],
  ['bundle.json is missing', (c) => c.delete(paths.manifest), 'bundle-not-found'],
  ['bundle.json is not JSON', (c) => c.set(paths.manifest, Buffer.from('{')), 'manifest-invalid'],
  [
    'bundle.json has a key twice',
    (c) => edit(c, paths.manifest, '{', '{"product": "other",'),
    'manifest-invalid',
  ],
  [
    'bundle.json has a key that changes objects',
    (c) => edit(c, paths.manifest, '{', '{"__proto__": {"omitted": []},'),
    'manifest-invalid',
  ],
  [
    'bundle.json is not UTF-8',
    (c) => {
      const [head = '', rest = ''] = text(c, paths.manifest).split(/(?<=^\{)/);
      const odd = Buffer.from([0x22, 0xff, 0x22, 0x3a, 0x31, 0x2c]);
      c.set(paths.manifest, Buffer.concat([Buffer.from(head), odd, Buffer.from(rest)]));
    },
    'manifest-invalid',
  ],
  [
    'the list of images has a key twice, and the last one agrees with bundle.json',
    (c) => {
      edit(c, paths.imageIndex, '{', '{"manifests":[],');
      resign(c, () => undefined);
    },
    'manifest-invalid',
  ],
  [
    'a document is an image manifest and an image index at once',
    (c) => replaceManifest(c, (json) => json.replace('{', '{"manifests":[],')),
    'manifest-invalid',
  ],
  [
    'bundle.json has a newer format',
    (c) => {
      const newest = text(c, paths.manifest).replace(/"schemaVersion": ?1/, '"schemaVersion": 2');
      c.set(paths.manifest, Buffer.from(newest));
    },
    'schema-newer',
  ],
  [
    'bundle.json leads out of the bundle',
    (c) =>
      resign(c, ({ files }) => files.push({ path: '../evil', size: 0, sha256: '0'.repeat(64) })),
    'manifest-invalid',
  ],
  [
    'an image needs a layer that is not listed',
    (c, layer) =>
      resign(c, (manifest) => {
        manifest.files = manifest.files.filter(({ path }) => path !== layer);
        c.delete(layer);
      }),
    'manifest-invalid',
  ],
  [
    'manifest.json gives an image a second name',
    (c) => {
      edit(c, paths.dockerManifest, '"RepoTags":["', '"RepoTags":["precious:latest","');
      resign(c, () => undefined);
    },
    'manifest-invalid',
  ],
  [
    'index.json names an image that bundle.json does not',
    (c) => {
      const index = JSON.parse(text(c, paths.imageIndex));
      const [first] = index.manifests;
      const annotations = { 'io.containerd.image.name': 'docker.io/library/precious:latest' };
      index.manifests.push({ ...first, annotations });
      c.set(paths.imageIndex, Buffer.from(JSON.stringify(index)));
      resign(c, () => undefined);
    },
    'manifest-invalid',
  ],
  [
    'the layout has another version',
    (c) => {
      edit(c, paths.ociLayout, '1.0.0', '2.0.0');
      resign(c, () => undefined);
    },
    'manifest-invalid',
  ],
  [
    'bundle.json gives an image the config of another',
    (c) =>
      resign(c, ({ images: [one, other] }) => {
        if (one !== undefined && other !== undefined) one.imageId = other.imageId;
      }),
    'manifest-invalid',
  ],
  [
    'bundle.json has the layers of an image in another order',
    (c) => resign(c, ({ images: [one] }) => one?.layers.reverse()),
    'manifest-invalid',
  ],
  [
    'a service is run by a program of the host',
    (c) => {
      const text = 'services: {api: {image: "shop-api:1.0", provider: {type: ./evil.sh}}}';
      c.set(paths.compose, Buffer.from(text));
      resign(c, () => undefined);
    },
    'compose-invalid',
  ],
  [
    'the override that looks generated includes a file of the host',
    (c) => {
      c.set(paths.composeOffline, Buffer.from('include: [/etc/compose.yml]'));
      resign(c, () => undefined);
    },
    'compose-invalid',
  ],
  [
    'it is for another platform',
    (c) => resign(c, ({ platform }) => (platform.architecture = 's390x')),
    'platform-mismatch',
  ],
];
