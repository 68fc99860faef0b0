import type { IncomingHttpHeaders } from 'node:http';
import { type Digest, mediaTypes } from '@bundle/format';
import { parseByteRange } from './byte-range.ts';
import type { ByteRange, RegistryContent } from './content.ts';
import type { Credentials } from './credentials.ts';
import { pageOf } from './paging.ts';
import { type Refusal, refusalText, refuse } from './refusal.ts';
import { parseRoute, type Route } from './route.ts';

/** The parts of a request that matter here. */
export interface RegistryRequest {
  readonly method: string;
  /** Request target as the client sent it: path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** What to send. `Content-Length` is always set, except for 304; a HEAD request gets no body. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body:
    | { readonly text: string }
    | { readonly digest: Digest; readonly range?: ByteRange };
}

/**
 * Decides the answer to a request of distribution-spec v1.1, category "pull", without any I/O. Without `credentials`
 * every client is answered.
 */
export function answer(
  content: RegistryContent,
  request: RegistryRequest,
  credentials?: Credentials,
): Answer {
  if (credentials !== undefined && !credentials.allow(request.headers.authorization)) {
    return refused(refuse('UNAUTHORIZED', 'a name and a password are required'), {
      'www-authenticate': 'Basic realm="bundle", charset="UTF-8"',
    });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refused(refuse('UNSUPPORTED', 'this registry is read-only'), { allow: 'GET, HEAD' });
  }
  const route = parseRoute(request.target);
  return 'status' in route ? refused(route) : answerTo(route, content, request);
}

function answerTo(route: Route, content: RegistryContent, request: RegistryRequest): Answer {
  if (route.kind === 'base') return text(200, '{}');
  if (route.kind === 'catalog') {
    return list(content.repositories(), route.query, '/v2/_catalog', (repositories) => ({
      repositories,
    }));
  }
  const { name } = route;
  const tags = content.tags(name);
  if (tags === undefined) return refused(refuse('NAME_UNKNOWN', 'there is no such repository'));
  switch (route.kind) {
    case 'tags':
      // The name includes its registry, so the link has no `ns`.
      return list(tags, route.query, `/v2/${name}/tags/list`, (page) => ({ name, tags: page }));
    case 'manifest': {
      const document = content.document(name, route.reference);
      if (document === undefined) {
        return refused(refuse('MANIFEST_UNKNOWN', 'there is no such manifest in this repository'));
      }
      const { digest, mediaType, size } = document;
      const fixed = route.reference === digest;
      return stored(digest, size, request, { 'content-type': mediaType, ...caching(fixed) });
    }
    case 'blob': {
      const blob = content.blob(route.digest);
      if (blob === undefined) return refused(refuse('BLOB_UNKNOWN', 'there is no such blob'));
      return blobAnswer(route.digest, blob.size, request);
    }
    case 'referrers': {
      const index = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests: [] };
      return text(200, JSON.stringify(index), { 'content-type': mediaTypes.imageIndex });
    }
  }
}

function blobAnswer(digest: Digest, size: number, request: RegistryRequest): Answer {
  const headers = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    ...caching(true),
  };
  const whole = stored(digest, size, request, headers);
  if (whole.status !== 200 || request.method !== 'GET' || !mayBePart(request, digest)) return whole;
  const range = parseByteRange(request.headers.range, size);
  if (range === undefined) return whole;
  if (range === 'unsatisfiable') {
    return refused(refuse('RANGE_INVALID', 'the blob has no byte in this range'), {
      'content-range': `bytes */${size}`,
    });
  }
  const { first, last } = range;
  return {
    status: 206,
    headers: {
      ...whole.headers,
      'content-length': last - first + 1,
      'content-range': `bytes ${first}-${last}/${size}`,
    },
    body: { digest, range },
  };
}

/** If-Range (RFC 9110, section 13.1.5): a part is of use only to a client that has the rest of the same blob. */
function mayBePart({ headers }: RegistryRequest, digest: Digest): boolean {
  const condition = headers['if-range'];
  return condition === undefined || condition === etag(digest);
}

function stored(
  digest: Digest,
  size: number,
  { headers: { 'if-none-match': known } }: RegistryRequest,
  extra: Answer['headers'],
): Answer {
  const headers = { ...extra, 'docker-content-digest': digest, etag: etag(digest) };
  const has = known
    ?.split(',')
    .some((tag) => [etag(digest), '*'].includes(tag.trim().replace(/^W\//, '')));
  if (has === true) return { status: 304, headers, body: { text: '' } };
  return { status: 200, headers: { ...headers, 'content-length': size }, body: { digest } };
}

function etag(digest: Digest): string {
  return `"${digest}"`;
}

/** Content addressed by digest never changes; a tag may mean something else in the next bundle. */
function caching(fixed: boolean): Record<string, string> {
  return { 'cache-control': fixed ? 'max-age=31536000, immutable' : 'no-cache' };
}

function list(
  sorted: readonly string[],
  query: URLSearchParams,
  path: string,
  document: (page: readonly string[]) => object,
): Answer {
  const page = pageOf(sorted, query);
  if (page === undefined) return refused(refuse('PAGINATION_NUMBER_INVALID', 'n is not a number'));
  const next = new URLSearchParams({ n: query.get('n') ?? '', last: page.next ?? '' });
  const link = page.next === undefined ? {} : { link: `<${path}?${next}>; rel="next"` };
  return text(200, JSON.stringify(document(page.items)), link);
}

function refused(refusal: Refusal, headers: Answer['headers'] = {}): Answer {
  return text(refusal.status, refusalText(refusal), headers);
}

function text(status: number, body: string, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...headers,
      'content-length': Buffer.byteLength(body),
    },
    body: { text: body },
  };
}
