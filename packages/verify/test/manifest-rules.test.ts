import {
  type BundleDelta,
  type BundleManifest,
  type BundleReferrer,
  blobPath,
  digestOfHex,
  type FurtherPlatform,
  formatDocumentPath,
} from '@bundle/format';
import { sampleManifest } from '@bundle/testkit';
import { manifestRules } from '../src/manifest-rules.ts';

type Change = (manifest: BundleManifest) => void;

const first = <T>(list: readonly T[]): T => {
  const [item] = list;
  if (item === undefined) throw new Error('the sample is empty');
  return item;
};
const without = (manifest: BundleManifest, path: string): void => {
  manifest.sizes.stored -= manifest.files.find((file) => file.path === path)?.size ?? 0;
  manifest.files = manifest.files.filter((file) => file.path !== path);
};
const other = digestOfHex('a'.repeat(64));

const cases: readonly (readonly [what: string, change: Change, found: readonly string[]])[] = [
  ['a valid manifest has no findings', () => undefined, []],
  [
    'an unlisted layer is reported',
    ({ images }) => {
      first(first(images).layers).digest = other;
    },
    [`images[0].layers[0]: ${other} is not among the files`],
  ],
  [
    'a layer whose size differs from its file is reported',
    ({ images }) => {
      first(first(images).layers).size = 6;
    },
    ['images[0].layers[0]: size 6, but 5 among the files'],
  ],
  [
    'config, manifest and top document have to be listed too',
    ({ images }) => {
      Object.assign(first(images), { imageId: other, manifestDigest: other, topDigest: other });
    },
    ['imageId', 'manifestDigest', 'topDigest'].map(
      (field) => `images[0].${field}: ${other} is not among the files`,
    ),
  ],
  [
    'one layer digest cannot stand for two uncompressed layers',
    ({ images }) => {
      const image = first(images);
      images.push({
        ...image,
        reference: 'shop-web:1.0',
        layers: [{ ...first(image.layers), diffId: other }],
      });
    },
    [/^images\[1]\.layers\[0]\.diffId: expected sha256:[0-9a-f]{64}, as elsewhere/.source],
  ],
  [
    'a reference used by two images is reported',
    ({ images }) => images.push(first(images)),
    ['images[1].reference: shop-api:1.0 is images[0] already'],
  ],
  [
    'an image for another platform is reported',
    ({ images }) => {
      first(images).platform = { os: 'linux', architecture: 'arm64' };
    },
    ['images[0].platform: linux/arm64 does not run on linux/amd64'],
  ],
  [
    'an unlisted required file is reported',
    (manifest) => without(manifest, 'docker-compose.yml'),
    ['files: docker-compose.yml is required and not listed'],
  ],
  [
    'an unlisted env example is reported',
    ({ envFiles }) => {
      first(envFiles).example = 'api.env.example';
    },
    ['envFiles[0].example: api.env.example is not among the files'],
  ],
  [
    'a wrong sum of sizes is reported',
    ({ sizes }) => {
      sizes.stored += 1;
    },
    ['sizes.stored: expected'],
  ],
  [
    'a path listed twice is reported',
    ({ files, sizes }) => {
      files.splice(1, 0, first(files));
      sizes.stored += first(files).size;
    },
    ['files[1].path: README.txt is there twice'],
  ],
  [
    'two paths that differ only in case are reported',
    ({ files, sizes }) => {
      files.splice(1, 0, { ...first(files), path: 'Readme.txt' });
      sizes.stored += first(files).size;
    },
    [
      'files[1].path: Readme.txt and README.txt are one name where case or the form of letters does not count',
    ],
  ],
  [
    'a file below another file is reported',
    ({ files, sizes }) => {
      files.splice(1, 0, { ...first(files), path: 'README.txt/x' });
      sizes.stored += first(files).size;
    },
    ['files[1].path: README.txt is a file and the folder of README.txt/x'],
  ],
  [
    'a file at a path of the host is reported',
    ({ files, sizes }) => {
      files.splice(0, 0, { ...first(files), path: '.env.previous/x' });
      sizes.stored += first(files).size;
    },
    ['files[0].path: .env.previous/x is a path that a host uses itself'],
  ],
  [
    'files out of archive order are reported',
    ({ files }) => files.splice(0, 2, ...files.slice(0, 2).reverse()),
    ['files[1].path: README.txt comes after compose.offline.yml'],
  ],
  [
    'a blob not named by its digest is reported',
    ({ files }) => {
      Object.assign(files.at(-1) ?? {}, { sha256: 'b'.repeat(64) });
    },
    ['files[10].sha256: expected'],
  ],
  [
    'bundle.json may not be listed',
    ({ files, sizes }) => {
      files.unshift({ path: 'bundle.json', size: 1, sha256: 'c'.repeat(64) });
      sizes.stored += 1;
    },
    ['files[0].path: bundle.json may not be listed'],
  ],
];

describe('rules for bundle.json', () => {
  test.each(cases)('%s', (_, change, expected) => {
    const manifest = sampleManifest();
    change(manifest);
    const found = manifestRules(manifest).map(
      ({ path, message }) => `${formatDocumentPath(path)}: ${message}`,
    );
    expect(found).toHaveLength(expected.length);
    for (const [index, text] of expected.entries()) {
      expect(found[index]).toMatch(text.startsWith('^') ? new RegExp(text) : text);
    }
  });
});

describe('further platforms', () => {
  /** A manifest with its images once more, for a platform that they run on too. */
  function withPlatform(): BundleManifest {
    const manifest = sampleManifest();
    const images = structuredClone(manifest.images);
    const platform = { os: 'linux', architecture: 'amd64', variant: 'v2' };
    return { ...manifest, platforms: [{ platform, images }] };
  }
  type ChangePlatform = (further: FurtherPlatform, manifest: BundleManifest) => void;

  test.each<[string, ChangePlatform, unknown[]]>([
    ['the same images for another platform are right', () => undefined, []],
    [
      'images of another platform than the entry are reported',
      ({ platform }) => Object.assign(platform, { architecture: 'arm64' }),
      ['platforms[0].images[0].platform: linux/amd64 does not run on linux/arm64/v2'],
    ],
    [
      'the platform of the bundle again is reported',
      ({ platform }) => {
        delete platform.variant;
      },
      ['platforms[0].platform: linux/amd64 is there already'],
    ],
    [
      'an image under another name is reported',
      ({ images }) => Object.assign(first(images), { reference: 'other:1' }),
      [expect.stringMatching(/^platforms\[0\]\.images: differ from images/)],
    ],
    [
      'an image under another top document is reported',
      ({ images }) => Object.assign(first(images), { topDigest: first(images).imageId }),
      [expect.stringMatching(/^platforms\[0\]\.images: differ from images/)],
    ],
    [
      'an image too many is reported',
      ({ images }) => images.push(first(images)),
      [expect.stringMatching(/^platforms\[0\]\.images: differ from images/)],
    ],
    [
      'a layer that is not in the bundle is reported',
      ({ images }) => Object.assign(first(first(images).layers), { digest: other }),
      [expect.stringMatching(/^platforms\[0\]\.images\[0\]\.layers\[0\]: .* not among the files/)],
    ],
    [
      'a layer that is left out is reported',
      (_, manifest) => Object.assign(manifest, { omitted: [] }),
      ['platforms: an incremental bundle is for one platform'],
    ],
  ])('%s', (_, change, expected) => {
    const manifest = withPlatform();
    change(first(manifest.platforms ?? []), manifest);
    const found = manifestRules(manifest).map(
      ({ path, message }) => `${formatDocumentPath(path)}: ${message}`,
    );
    expect(found).toEqual(expected);
  });
});

describe('what refers to an image', () => {
  function withReferrer(): BundleManifest {
    const manifest = sampleManifest();
    const { reference, topDigest: subject, imageId: digest } = first(manifest.images);
    const { size } = first(manifest.files.filter(({ path }) => path === blobPath(subject)));
    return {
      ...manifest,
      referrers: [{ reference, subject, digest, blobs: [{ digest: subject, size }] }],
    };
  }

  test.each<[string, (referrer: BundleReferrer) => void, unknown[]]>([
    ['is right where it is whole', () => undefined, []],
    [
      'is reported where it refers to another one',
      (referrer) => Object.assign(referrer, { subject: other }),
      [expect.stringMatching(/^referrers\[0\]\.subject: /)],
    ],
    [
      'is reported where a part of it is not in the bundle',
      ({ blobs }) => blobs.push({ digest: other, size: 1 }),
      [expect.stringMatching(/^referrers\[0\]\.blobs: .* is not complete/)],
    ],
    [
      'is reported under the tag of another image',
      (referrer) => Object.assign(referrer, { tag: `sha256-${'a'.repeat(64)}.sig` }),
      [expect.stringMatching(/^referrers\[0\]\.tag: expected one that begins/)],
    ],
  ])('%s', (_, change, expected) => {
    const manifest = withReferrer();
    change(first(manifest.referrers ?? []));
    const found = manifestRules(manifest).map(
      ({ path, message }) => `${formatDocumentPath(path)}: ${message}`,
    );
    expect(found).toEqual(expected);
  });
});

describe('deltas', () => {
  /** A manifest whose layer is carried as a delta; any listed blob serves as one. */
  function withDelta(): { manifest: BundleManifest; delta: BundleDelta } {
    const manifest = sampleManifest();
    const image = first(manifest.images);
    const layer = first(image.layers);
    without(manifest, blobPath(layer.digest));
    layer.unpackedSize = 9;
    const { size } = first(manifest.files.filter(({ path }) => path === blobPath(image.imageId)));
    const delta = {
      digest: layer.digest,
      blob: image.imageId,
      size,
      from: [{ diffId: other, size: 7 }],
    };
    manifest.deltas = [delta];
    return { manifest, delta };
  }
  type ChangeDelta = (delta: BundleDelta, manifest: BundleManifest) => void;

  test.each<[string, ChangeDelta, string[]]>([
    ['a delta in place of a layer is right', () => undefined, []],
    [
      'one of a layer that no image has is reported',
      (delta) => Object.assign(delta, { digest: other }),
      [
        expect.stringMatching(/^images\[0\]\.layers\[0\]: .* is not among the files/),
        `deltas[0].digest: ${other} is not a layer of an image`,
      ],
    ],
    [
      'one of a layer that cannot be made in its form is reported',
      (_, { images }) => {
        delete first(first(images).layers).unpackedSize;
      },
      [expect.stringMatching(/^deltas\[0\]\.digest: .* is not a layer of zstd frames/)],
    ],
    [
      'one that is not listed is reported',
      (delta) => Object.assign(delta, { blob: other }),
      [`deltas[0].blob: ${other} is not among the files`],
    ],
    [
      'one of another size than listed is reported',
      (delta) => Object.assign(delta, { size: delta.size + 1 }),
      [expect.stringMatching(/^deltas\[0\]\.size: size \d+, but \d+ among the files/)],
    ],
    [
      'an old layer named twice is reported',
      ({ from }) => from.push(first(from)),
      ['deltas[0].from: names an old layer twice'],
    ],
    [
      'a second delta of a layer is reported',
      (delta, { deltas }) => deltas?.push(delta),
      [expect.stringMatching(/^deltas\[1\]\.digest: .* has two deltas from the same layers/)],
    ],
    [
      'a layer that is left out as well is reported',
      ({ digest }, manifest) => Object.assign(manifest, { omitted: [{ digest, size: 5 }] }),
      [expect.stringMatching(/^deltas\[0\]\.digest: .* is omitted as well/)],
    ],
  ])('%s', (_, change, found) => {
    const { manifest, delta } = withDelta();
    change(delta, manifest);
    const problems = manifestRules(manifest).map(
      ({ path, message }) => `${formatDocumentPath(path)}: ${message}`,
    );
    expect(problems).toEqual(found);
  });
});

test('10,000 images and 50,000 omitted layers take seconds, and the list of problems stays short', () => {
  const manifest = sampleManifest();
  const image = first(manifest.images);
  manifest.images = Array.from({ length: 10_000 }, (_, n) => ({ ...image, reference: `a:${n}` }));
  manifest.omitted = Array.from({ length: 50_000 }, (_, n) => ({
    digest: digestOfHex(n.toString(16).padStart(64, '0')),
    size: 1,
  }));
  const { user } = process.cpuUsage();
  const problems = manifestRules(manifest);
  expect((process.cpuUsage().user - user) / 1e6).toBeLessThan(5);
  expect(problems).toHaveLength(21);
  expect(problems.at(-1)?.message).toBe('and 49980 more');
});
