import { sampleManifest } from '@bundle/testkit';
import type { OpenedBundle } from '@bundle/verify';
import { documentsElsewhere } from '../src/load-archive.ts';

test('a document of an image goes to the engine, whatever refers to it as well', () => {
  const manifest = sampleManifest();
  const [image] = manifest.images;
  if (image === undefined) throw new Error('the sample has no image');
  const digest = `sha256:${'1'.repeat(64)}` as const;
  const topDigest = `sha256:${'2'.repeat(64)}` as const;
  const { reference, manifestDigest, imageId } = image;
  const blobs = [topDigest, manifestDigest, imageId].map((one) => ({ digest: one, size: 1 }));
  const opened = {
    manifest: {
      ...manifest,
      images: [{ ...image, topDigest }],
      referrers: [{ reference, subject: topDigest, digest, blobs }],
    },
  } as unknown as OpenedBundle;
  expect([...documentsElsewhere(opened)]).toEqual([digest]);
});
