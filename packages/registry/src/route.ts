import { type Digest, isDigest, registryComponent } from '@bundle/format';
import { type Refusal, refuse } from './refusal.ts';
import { isRepositoryName } from './repository-names.ts';

/** Target of a request. `name` is a valid repository name, `digest` a valid digest. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog'; readonly query: URLSearchParams }
  | { readonly kind: 'tags'; readonly name: string; readonly query: URLSearchParams }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: Digest }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: Digest };

/** Distribution-spec, "Endpoints": end-1, end-2, end-3, end-8 and end-12; and `_catalog` of Docker's registry. */
export function parseRoute(target: string): Route | Refusal {
  // A server must accept the absolute form as well (RFC 9112, section 3.2.2).
  const [rawPath = '', ...rest] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?');
  const query = new URLSearchParams(rest.join('?'));
  const path = decoded(rawPath);
  if (path === undefined) return refuse('NAME_INVALID', 'the path is not valid percent-encoding');
  if (path === '/v2' || path === '/v2/') return { kind: 'base' };
  if (path === '/v2/_catalog') return { kind: 'catalog', query };
  if (!path.startsWith('/v2/')) return noEndpoint();
  const segments = path.slice('/v2/'.length).split('/');
  const last = segments.pop() ?? '';
  const kind = segments.pop() ?? '';
  const name = inRegistry(segments.join('/'), query.get('ns'));
  if (!['manifests', 'blobs', 'tags', 'referrers'].includes(kind)) return noEndpoint();
  if (!isRepositoryName(name)) return refuse('NAME_INVALID', 'not a valid repository name');
  if (kind === 'tags') return last === 'list' ? { kind, name, query } : noEndpoint();
  if (kind === 'manifests' && !last.includes(':'))
    return { kind: 'manifest', name, reference: last };
  if (!isDigest(last)) return notKnownAs(last, kind);
  if (kind === 'manifests') return { kind: 'manifest', name, reference: last };
  return { kind: kind === 'blobs' ? 'blob' : 'referrers', name, digest: last };
}

/** A client that uses this endpoint as a mirror names the registry: `?ns=ghcr.io` (containerd, docs/hosts.md). */
function inRegistry(name: string, registry: string | null): string {
  return registry === null || registry === '' ? name : `${registryComponent(registry)}/${name}`;
}

/** A digest of another algorithm is well-formed, but no content here has one. */
function notKnownAs(digest: string, kind: string): Refusal {
  const otherAlgorithm = /^(?!sha256:)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+$/.test(digest);
  if (!otherAlgorithm)
    return refuse('DIGEST_INVALID', 'expected sha256: and 64 hexadecimal digits');
  return refuse(
    kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN',
    'this registry has only sha256 digests',
  );
}

function noEndpoint(): Refusal {
  return refuse('UNSUPPORTED', 'there is no such endpoint', 404);
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    // Its only error: a malformed escape.
    return undefined;
  }
}
