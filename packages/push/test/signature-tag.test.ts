import { digestOf } from '@bundle/format';
import { mergeSignatures, type SignatureManifest } from '../src/signature-tag.ts';

const payload = digestOf(Buffer.from('payload'));
const layerOf = (signature: string) => ({
  mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
  digest: payload,
  size: 7,
  annotations: { 'dev.cosignproject.cosign/signature': signature },
});

/** A manifest with these signatures over the same bytes, as cosign writes it. */
function signed(...signatures: string[]): SignatureManifest {
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      os: '',
      history: signatures.map(() => ({ created: '0001-01-01T00:00:00Z' })),
      rootfs: { type: 'layers', diff_ids: signatures.map(() => payload) },
    }),
  );
  return { bytes: manifestWith(config, signatures), config };
}

function manifestWith(config: Buffer, signatures: readonly string[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: digestOf(config),
        size: config.length,
      },
      layers: signatures.map(layerOf),
    }),
  );
}

const merge = (there: SignatureManifest, own: SignatureManifest) =>
  mergeSignatures('sha256-1.sig', there, own);

test('signatures of another key over the same bytes stay, and those of the bundle are added', () => {
  const merged = merge(signed('theirs'), signed('a', 'b'));
  const manifest = JSON.parse(String(merged?.document.bytes));
  expect(manifest.layers).toEqual(['theirs', 'a', 'b'].map(layerOf));
  expect(merged?.document.digest).toBe(digestOf(merged?.document.bytes ?? Buffer.alloc(0)));
  const config = merged?.config?.bytes ?? Buffer.alloc(0);
  expect(manifest.config).toMatchObject({ digest: digestOf(config), size: config.length });
  // The same as if cosign had made all three.
  expect(JSON.parse(String(config))).toEqual(JSON.parse(String(signed('theirs', 'a', 'b').config)));
});

test('nothing is put where all signatures are there, and the bundle’s own manifest where it has all', () => {
  expect(merge(signed('a', 'b'), signed('b'))).toBeUndefined();
  const own = signed('a', 'b');
  expect(merge(signed('b'), own)).toEqual({
    document: {
      digest: digestOf(own.bytes),
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      bytes: own.bytes,
    },
  });
});

test('an empty config of both stays as it is', () => {
  const empty = (signature: string): SignatureManifest => {
    const config = Buffer.from('{}');
    return { bytes: manifestWith(config, [signature]), config };
  };
  const merged = merge(empty('theirs'), empty('ours'));
  expect(merged?.config).toBeUndefined();
  expect(JSON.parse(String(merged?.document.bytes))).toMatchObject({
    config: { digest: digestOf(Buffer.from('{}')) },
    layers: ['theirs', 'ours'].map(layerOf),
  });
});

test.each<[string, SignatureManifest]>([
  [
    'an index',
    { bytes: Buffer.from('{"schemaVersion":2,"manifests":[]}'), config: Buffer.from('') },
  ],
  ['no JSON', { bytes: Buffer.from('spoilt'), config: Buffer.from('') }],
  ['another config', { bytes: manifestWith(Buffer.from('[]'), ['x']), config: Buffer.from('[]') }],
])('a tag that has %s is not replaced', (_, there) => {
  expect(() => merge(there, signed('a'))).toThrow(
    expect.objectContaining({ code: 'registry-failed' }),
  );
});
