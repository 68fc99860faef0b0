import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mediaTypes } from '@bundle/format';
import type { LaidOutImage } from '@bundle/testkit';
import { openManifest } from '@bundle/verify';
import { bundleContent, type RunningRegistry, startRegistry } from '../src/index.ts';
import { ask, buildBundle, errorCode, forms } from './fixture.ts';

// The cases of the category "pull" and of tag listing from distribution-spec v1.1 and its conformance suite.

const api = { name: '/v2/shop/api', tag: '1.0' };
const unknownDigest = `sha256:${'0'.repeat(64)}`;
const wanted = { accept: mediaTypes.imageManifest };

describe.each(forms)('a bundle served from its %s', (form) => {
  const folder = join(tmpdir(), `registry-pull-${process.pid}-${form}`);
  const path = join(folder, `bundle.${form}`);
  let registry: RunningRegistry;
  let image: LaidOutImage;
  let attested: LaidOutImage;
  const get = (target: string, headers = {}) => ask(registry.url, target, headers);
  const head = (target: string, headers = {}) => ask(registry.url, target, headers, 'HEAD');

  beforeAll(async () => {
    await mkdir(folder);
    const layers = [{ text: 'base', compression: 'gzip' as const }];
    const { images } = await buildBundle(path, [
      { reference: 'shop/api:1.0', layers },
      { reference: 'shop/api:Beta', layers },
      { reference: 'shop/api:alpha', layers },
      { reference: 'ghcr.io/team/web:2', layers, attested: true },
    ]);
    const [first, , , last] = images;
    if (first === undefined || last === undefined) throw new Error('no images');
    [image, attested] = [first, last];
    registry = await startRegistry({ content: await bundleContent(await openManifest(path)) });
  });
  afterAll(async () => {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(['/v2/', '/v2'])('answers at %s', async (target) => {
    const reply = await get(target);
    expect(reply).toMatchObject({ status: 200 });
    expect(reply.headers['docker-distribution-api-version']).toBe('registry/2.0');
  });

  test('serves a manifest by tag and by digest, for GET and HEAD', async () => {
    for (const reference of [api.tag, image.manifestDigest]) {
      const target = `${api.name}/manifests/${reference}`;
      const [got, headed] = [await get(target, wanted), await head(target, wanted)];
      for (const reply of [got, headed]) {
        expect(reply.status).toBe(200);
        expect(reply.headers).toMatchObject({
          'content-type': mediaTypes.imageManifest,
          'content-length': String(got.body.length),
          'docker-content-digest': image.manifestDigest,
          etag: `"${image.manifestDigest}"`,
        });
      }
      expect(sha256(got.body)).toBe(image.manifestDigest);
      expect(headed.body).toHaveLength(0);
    }
  });

  test('serves an image index and the documents below it, and nothing of another repository', async () => {
    const index = await get('/v2/ghcr.io/team/web/manifests/2');
    expect(index.headers['content-type']).toBe(mediaTypes.imageIndex);
    expect(sha256(index.body)).toBe(attested.topDigest);
    const { manifests } = JSON.parse(index.body.toString('utf8'));
    expect(manifests).toHaveLength(2);
    for (const { digest } of manifests) {
      expect((await get(`/v2/team/web/manifests/${digest}`)).status).toBe(200);
    }
    const foreign = await get(`${api.name}/manifests/${attested.topDigest}`);
    expect([foreign.status, errorCode(foreign)]).toEqual([404, 'MANIFEST_UNKNOWN']);
  });

  test('serves every blob of an image, for GET and HEAD', async () => {
    for (const digest of [image.configDigest, ...image.layerDigests]) {
      const got = await get(`${api.name}/blobs/${digest}`);
      expect([got.status, sha256(got.body)]).toEqual([200, digest]);
      expect(got.headers).toMatchObject({
        'accept-ranges': 'bytes',
        'docker-content-digest': digest,
        'content-length': String(got.body.length),
      });
      const headed = await head(`${api.name}/blobs/${digest}`);
      expect([headed.status, headed.headers['content-length']]).toEqual([
        200,
        String(got.body.length),
      ]);
    }
  });

  test('serves part of a blob', async () => {
    const target = `${api.name}/blobs/${image.configDigest}`;
    const { body } = await get(target);
    const part = await get(target, { range: 'bytes=5-24' });
    expect(part.status).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes 5-24/${body.length}`);
    expect(part.body).toEqual(body.subarray(5, 25));
    const rest = await get(target, { range: 'bytes=7-', 'if-range': `"${image.configDigest}"` });
    expect([rest.status, rest.body]).toEqual([206, body.subarray(7)]);
    const changed = await get(target, { range: 'bytes=7-', 'if-range': '"other"' });
    expect([changed.status, changed.body]).toEqual([200, body]);
    const beyond = await get(target, { range: `bytes=${body.length}-` });
    expect(beyond.status).toBe(416);
    expect(beyond.headers['content-range']).toBe(`bytes */${body.length}`);
  });

  test('sends nothing again to a client that has it', async () => {
    for (const target of [`manifests/${api.tag}`, `blobs/${image.configDigest}`]) {
      const { etag = '' } = (await head(`${api.name}/${target}`)).headers;
      for (const known of [etag, `"x", W/${etag}`, '*']) {
        const reply = await get(`${api.name}/${target}`, { 'if-none-match': known });
        expect([reply.status, reply.body.length]).toEqual([304, 0]);
      }
      const other = await get(`${api.name}/${target}`, { 'if-none-match': '"x"' });
      expect(other.status).toBe(200);
    }
  });

  test.each([
    [`/v2/shop/api/blobs/${unknownDigest}`, 404, 'BLOB_UNKNOWN'],
    ['/v2/shop/api/blobs/sha256:totallywrong', 400, 'DIGEST_INVALID'],
    ['/v2/shop/api/manifests/.INVALID_MANIFEST_NAME', 404, 'MANIFEST_UNKNOWN'],
    [`/v2/shop/api/manifests/${unknownDigest}`, 404, 'MANIFEST_UNKNOWN'],
    ['/v2/shop/api/manifests/sha256:totallywrong', 400, 'DIGEST_INVALID'],
    ['/v2/nobody/manifests/1.0', 404, 'NAME_UNKNOWN'],
    ['/v2/nobody/tags/list', 404, 'NAME_UNKNOWN'],
    ['/v2/shop/api/manifests/1.0?ns=ghcr.io', 404, 'NAME_UNKNOWN'],
    ['/v2/Shop/manifests/1.0', 400, 'NAME_INVALID'],
    ['/v2/shop/api/tags/list?n=x', 400, 'PAGINATION_NUMBER_INVALID'],
    ['/elsewhere', 404, 'UNSUPPORTED'],
  ])('%s is answered with %d %s, without a body for HEAD', async (target, status, code) => {
    const got = await get(target);
    expect([got.status, errorCode(got)]).toEqual([status, code]);
    expect(got.headers['content-type']).toBe('application/json');
    expect(await head(target)).toMatchObject({ status, body: Buffer.alloc(0) });
  });

  test.each([
    ['POST', '/v2/shop/api/blobs/uploads/'],
    ['PUT', '/v2/shop/api/manifests/1.0'],
    ['PATCH', '/v2/shop/api/blobs/uploads/1'],
    ['DELETE', '/v2/shop/api/manifests/1.0'],
    ['OPTIONS', '/v2/'],
  ])('%s is refused: the registry is read-only', async (method, target) => {
    const reply = await ask(registry.url, target, {}, method);
    expect([reply.status, errorCode(reply)]).toEqual([405, 'UNSUPPORTED']);
    expect(reply.headers.allow).toBe('GET, HEAD');
  });

  test('lists tags in order and in pages', async () => {
    const tagsOf = async (target: string) => {
      const { body, headers } = await get(target);
      return { ...JSON.parse(body.toString('utf8')), link: headers['link'] };
    };
    expect(await tagsOf(`${api.name}/tags/list`)).toEqual({
      name: 'shop/api',
      tags: ['1.0', 'alpha', 'Beta'],
    });
    const first = await tagsOf(`${api.name}/tags/list?n=2`);
    expect(first.tags).toEqual(['1.0', 'alpha']);
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(first.link) ?? [];
    expect(await tagsOf(next)).toEqual({ name: 'shop/api', tags: ['Beta'] });
    expect(await tagsOf(`${api.name}/tags/list?n=0`)).toEqual({ name: 'shop/api', tags: [] });
  });

  test('lists each repository once', async () => {
    const { body } = await get('/v2/_catalog');
    expect(JSON.parse(body.toString('utf8'))).toEqual({
      repositories: ['ghcr.io/team/web', 'shop/api'],
    });
  });

  test('knows of no referrers', async () => {
    const reply = await get(`${api.name}/referrers/${image.manifestDigest}`);
    expect(reply.headers['content-type']).toBe(mediaTypes.imageIndex);
    expect(JSON.parse(reply.body.toString('utf8'))).toMatchObject({
      schemaVersion: 2,
      manifests: [],
    });
    expect((await get(`${api.name}/referrers/latest`)).status).toBe(400);
  });
});

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
