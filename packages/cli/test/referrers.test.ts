import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillRegistry, makeLayout, startTestRegistry, type TestRegistry } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

let folder: string;
let registry: TestRegistry;
let subject: string;
/** Manifest of a signature that names its subject, and of one that cosign put under a tag. */
let named: string;
let tagged: string;
/** Whether the registry lists referrers itself. */
let hasApi = false;
const file = (name: string): string => join(folder, name);
const tagOf = (digest: string): string => digest.replace(':', '-');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'referrers-'));
  registry = await startTestRegistry({
    fault(request, response) {
      if (!hasApi || !request.url?.includes('/referrers/')) return false;
      const isAbout = request.url.endsWith(subject);
      response.end(JSON.stringify(listOf(isAbout ? [named] : [])));
      return true;
    },
  });
  const [image] = await makeLayout(file('layout'), [
    { reference: 'web:1', layers: [{ text: 'web', compression: 'gzip' }] },
  ]);
  subject = image?.topDigest ?? '';
  await fillRegistry(registry, file('layout'), 'shop/web', [{ tag: '1', topDigest: subject }]);
  named = put(manifestOf('named', { digest: subject }));
  tagged = put(manifestOf('tagged'));
  registry.tags.set(`shop/web:${tagOf(subject)}.sig`, tagged);
  registry.tags.set(`shop/web:${tagOf(subject)}`, put(listOf([named])));
  await writeFile(
    file('compose.yml'),
    `name: shop\nservices: {web: {image: "${registry.host}/shop/web:1"}}\n`,
  );
});
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  hasApi = false;
  registry.requests.length = 0;
});

/** Puts a document or a blob into the registry. */
function put(document: object): string {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  registry.content.set(digest, bytes);
  registry.repositories.get('shop/web')?.add(digest);
  return digest;
}
function descriptor(digest: string, mediaType: string) {
  return { mediaType, digest, size: registry.content.get(digest)?.length ?? 0 };
}
function manifestOf(text: string, about?: object): object {
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    ...(about === undefined ? {} : { artifactType: 'application/x.test', subject: about }),
    config: descriptor(put({}), 'application/vnd.oci.empty.v1+json'),
    layers: [descriptor(put({ signature: text }), 'application/x.signature')],
  };
}
function listOf(digests: readonly string[]): object {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const type = 'application/vnd.oci.image.manifest.v1+json';
  return { schemaVersion: 2, mediaType, manifests: digests.map((one) => descriptor(one, type)) };
}

async function pack(output: string, ...more: string[]) {
  const args = ['export', file('compose.yml'), '--from', 'registry', '-o', file(output), '--json'];
  const { code, stdout } = await bundle([...args, '--no-runtime', '--force', ...more]);
  expect({ code, stdout }).toMatchObject({ code: 0 });
  return JSON.parse(stdout).manifest;
}

test.each([
  ['has no list of them but a tag', false],
  ['lists them', true],
])('signatures come along from a registry that %s', async (_, api) => {
  hasApi = api;
  const { referrers } = await pack('shop.tar', '--referrers');
  expect(referrers).toMatchObject(
    [
      { subject, digest: named },
      { subject, digest: tagged, tag: `${tagOf(subject)}.sig` },
    ].toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
  );
  expect(await bundle(['verify', file('shop.tar')])).toMatchObject({ code: 0 });
  const engine = ['--engine', `oci:${file(`engine-${api}`)}`, '--state-dir', file(`state-${api}`)];
  expect(await bundle(['import', file('shop.tar'), ...engine, '--yes'])).toMatchObject({ code: 0 });
});

test('without --referrers the registry is not asked for any', async () => {
  expect((await pack('plain.tar')).referrers).toBeUndefined();
  expect(registry.requests.join()).not.toMatch(/referrers|sha256-/);
});

test('a push brings them byte for byte, under the tags by which they are found', async () => {
  await pack('push.tar', '--referrers');
  const to = await startTestRegistry();
  try {
    for (const time of [1, 2]) {
      expect(await bundle(['push', file('push.tar'), to.host])).toMatchObject({ code: 0 });
      expect([time, to.tags.get(`shop/web:${tagOf(subject)}.sig`)]).toEqual([time, tagged]);
      const list = JSON.parse(
        String(to.content.get(to.tags.get(`shop/web:${tagOf(subject)}`) ?? '')),
      );
      expect(list.manifests).toMatchObject([{ digest: named, artifactType: 'application/x.test' }]);
    }
    for (const digest of [named, tagged])
      expect(to.content.get(digest)).toEqual(registry.content.get(digest));
    // The image is found only after its signatures.
    expect([...to.tags.keys()].at(-1)).toBe('shop/web:1');
  } finally {
    await to.close();
  }
});

test('a push keeps signatures that others put under the same tag', async () => {
  await pack('kept.tar', '--referrers');
  const foreign = put(manifestOf('foreign'));
  const to = await startTestRegistry();
  try {
    for (const [digest, bytes] of registry.content) to.content.set(digest, bytes);
    to.repositories.set('shop/web', new Set(registry.content.keys()));
    to.tags.set(`shop/web:${tagOf(subject)}.sig`, foreign);
    const layersThere = () => {
      const digest = to.tags.get(`shop/web:${tagOf(subject)}.sig`) ?? '';
      return JSON.parse(String(to.content.get(digest))).layers;
    };
    const layersOf = (digest: string) => JSON.parse(String(registry.content.get(digest))).layers;
    for (const time of [1, 2]) {
      expect(await bundle(['push', file('kept.tar'), to.host])).toMatchObject({ code: 0 });
      expect([time, layersThere()]).toEqual([time, [...layersOf(foreign), ...layersOf(tagged)]]);
    }
  } finally {
    await to.close();
  }
});

test('a registry that lists them itself gets no list under a tag', async () => {
  await pack('api.tar', '--referrers');
  const to = await startTestRegistry({
    fault(request: IncomingMessage, response: ServerResponse) {
      if (request.method === 'PUT' && request.url?.endsWith(named))
        response.setHeader('oci-subject', subject);
      return false;
    },
  });
  try {
    expect(await bundle(['push', file('api.tar'), to.host])).toMatchObject({ code: 0 });
    expect([...to.tags.keys()].toSorted()).toEqual(
      ['shop/web:1', `shop/web:${tagOf(subject)}.sig`].toSorted(),
    );
  } finally {
    await to.close();
  }
});

test('an engine has no signatures to pack', async () => {
  const { code } = await bundle([
    'export',
    file('compose.yml'),
    '--referrers',
    '-o',
    file('x.tar'),
  ]);
  expect(code).toBe(2);
});
