import { createHash } from 'node:crypto';
import { type Digest, mediaTypes } from '@bundle/format';
import { assembleImage } from '../src/images/assemble.ts';
import type { StoredLayer } from '../src/images/saved-images.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const digestOf = (bytes: Buffer | string): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Returns saved images: documents, and layers that were kept as they arrived or compressed. */
class Saved {
  readonly layers = new Map<Digest, StoredLayer>();
  readonly documents = new Map<Digest, Buffer>();
  readonly omitted = new Set<Digest>();
  readonly reused = new Set<Digest>();
  readonly configs = new Map<string, Digest>();
  readonly bytes = 0;

  add(document: object): { digest: Digest; size: number } {
    const bytes = Buffer.from(JSON.stringify(document));
    this.documents.set(digestOf(bytes), bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  }
  layer(name: string, stored: 'kept' | 'compressed'): Digest {
    const arrived = digestOf(name);
    const digest = stored === 'kept' ? arrived : digestOf(`zstd ${name}`);
    this.layers.set(arrived, { digest, mediaType: mediaTypes.layerZstd, size: 1 });
    return arrived;
  }
  config(diffIds: readonly Digest[], architecture = 'amd64') {
    const rootfs = { type: 'layers', diff_ids: diffIds };
    const part = this.add({ os: 'linux', architecture, rootfs });
    return { mediaType: mediaTypes.imageConfig, ...part };
  }
  manifest(config: { digest: Digest }, layers: readonly Digest[]) {
    const mediaType = mediaTypes.imageManifest;
    const parts = layers.map((digest) => ({ mediaType: mediaTypes.layerZstd, digest, size: 1 }));
    return { mediaType, ...this.add({ schemaVersion: 2, mediaType, config, layers: parts }) };
  }
  index(manifests: readonly object[]) {
    return this.add({ schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests });
  }
}

test('an image with only a config gets a manifest of its stored layers', () => {
  const archive = new Saved();
  const diffId = archive.layer('a', 'compressed');
  const config = archive.config([diffId]);
  const image = assembleImage(archive, 'a:1', config.digest, amd64);
  expect(image).toMatchObject({ imageId: config.digest, topMediaType: mediaTypes.imageManifest });
  expect(image.layers).toMatchObject([{ digest: digestOf('zstd a'), diffId }]);
  const manifest = JSON.parse(String(image.documents.get(image.manifestDigest)));
  expect(manifest).toMatchObject({
    config: { digest: config.digest, size: config.size },
    layers: [{ digest: digestOf('zstd a'), mediaType: mediaTypes.layerZstd, size: 1 }],
  });
  expect(image.topDigest).toBe(image.manifestDigest);
});

test('a manifest whose layers are stored as they arrived is kept, with its digest', () => {
  const archive = new Saved();
  const config = archive.config([digestOf('plain a')]);
  const manifest = archive.manifest(config, [archive.layer('a', 'kept')]);
  const image = assembleImage(archive, 'a:1', manifest.digest, amd64);
  expect(image).toMatchObject({ topDigest: manifest.digest, manifestDigest: manifest.digest });
  expect(image.layers).toMatchObject([{ digest: digestOf('a'), diffId: digestOf('plain a') }]);
});

test('compressed layers get a new manifest; the config stays', () => {
  const archive = new Saved();
  const diffId = archive.layer('a', 'compressed');
  const config = archive.config([diffId]);
  const manifest = archive.manifest(config, [diffId]);
  const image = assembleImage(archive, 'a:1', manifest.digest, amd64);
  expect(image.imageId).toBe(config.digest);
  expect(image.manifestDigest).not.toBe(manifest.digest);
  expect([...image.documents.keys()]).toEqual([config.digest, image.manifestDigest]);
});

test('an index yields the image for the platform, with only its attestation', () => {
  const archive = new Saved();
  const child = (architecture: string) => {
    const config = archive.config([digestOf(`plain ${architecture}`)], architecture);
    const manifest = archive.manifest(config, [archive.layer(architecture, 'kept')]);
    const statement = archive.add({ statement: architecture });
    const attestation = archive.manifest(archive.config([], `x-${architecture}`), [
      statement.digest,
    ]);
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': manifest.digest,
    };
    const unknown = { os: 'unknown', architecture: 'unknown' };
    return {
      manifest,
      statement,
      entries: [
        { ...attestation, platform: unknown, annotations },
        { ...manifest, platform: { os: 'linux', architecture } },
      ],
    };
  };
  const [arm, amd] = [child('arm64'), child('amd64')];
  const index = archive.index([...arm.entries, ...amd.entries]);
  const image = assembleImage(archive, 'a:1', index.digest, amd64);
  expect(image).toMatchObject({
    topDigest: index.digest,
    topMediaType: mediaTypes.imageIndex,
    manifestDigest: amd.manifest.digest,
    platform: amd64,
  });
  const kept = [...image.documents.keys()];
  expect(kept).toContain(amd.statement.digest);
  expect(kept).not.toContain(arm.manifest.digest);
  expect(kept).not.toContain(arm.statement.digest);
});

test('for an ID that is not a document, the config named by the source is used', () => {
  const archive = new Saved();
  const diffId = archive.layer('a', 'compressed');
  const { digest } = archive.config([diffId]);
  archive.configs.set('a:1', digest);
  expect(assembleImage(archive, 'a:1', digestOf('other'), amd64).imageId).toBe(digest);
  expect(() => assembleImage(archive, 'b:1', digestOf('other'), amd64)).toThrow('its config');
});

test('a layer or config that the engine did not send is reported', () => {
  const archive = new Saved();
  const config = archive.config([digestOf('absent')]);
  expect(() => assembleImage(archive, 'a:1', config.digest, amd64)).toThrow(
    expect.objectContaining({
      code: 'engine-failed',
      details: expect.objectContaining({ expected: `its layer ${digestOf('absent')}` }),
    }),
  );
  const elsewhere = new Saved().config([]);
  const { digest } = archive.manifest(elsewhere, []);
  expect(() => assembleImage(archive, 'a:1', digest, amd64)).toThrow(
    `its config ${elsewhere.digest}`,
  );
});

test('a document of invalid JSON is reported as such, not as an internal error', () => {
  const archive = new Saved();
  const broken = Buffer.from('{"schemaVersion":');
  archive.documents.set(digestOf(broken), broken);
  expect(() => assembleImage(archive, 'a:1', digestOf(broken), amd64)).toThrow(
    expect.objectContaining({ code: 'engine-failed' }),
  );
});
