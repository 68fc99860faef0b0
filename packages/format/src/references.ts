import { shortHexOf } from './digest.ts';

/** A parsed image reference, as by distribution/reference. */
export interface ImageReference {
  /** Canonical name with its registry: `docker.io/library/nginx`. */
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Parses an image reference as a user may write it; undefined when it is not valid. */
export function parseReference(text: string): ImageReference | undefined {
  const match =
    /^(?<name>(?:\[[0-9a-fA-F:]+\](?::\d+)?\/)?[a-zA-Z0-9][a-zA-Z0-9._:/-]*?)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/.exec(
      text,
    );
  const name = match?.groups?.['name'];
  if (name === undefined || text.length > 300) return undefined;
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const hasRegistry = /[.:]/.test(first) || first === 'localhost';
  const path = hasRegistry ? name.slice(slash + 1) : name;
  if (
    !/^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/.test(
      path,
    )
  ) {
    return undefined;
  }
  // A host and a port; an IPv6 address has brackets, which older engines do not take.
  if (hasRegistry && !/^(?:\[[^[\]]+\]|[^:[\]]+)(?::\d+)?$/.test(first)) return undefined;
  const registry = hasRegistry ? first : 'docker.io';
  const official = registry === 'docker.io' && !path.includes('/');
  return {
    name: `${registry}/${official ? 'library/' : ''}${path}`,
    tag: match?.groups?.['tag'],
    digest: match?.groups?.['digest'],
  };
}

/** Returns the short form that engines show, without `docker.io/` and `library/`. */
export function familiarName(name: string): string {
  return name.replace(/^docker\.io\/(?:library\/)?/, '');
}

/** Returns the reference under which an image is packed: always with a tag, since a loaded image has no registry digest. */
export function packedReference({ name, tag, digest }: ImageReference): string {
  const fallback = digest === undefined ? 'latest' : `sha256-${shortHexOf(digest)}`;
  return `${familiarName(name)}:${tag ?? fallback}`;
}

/** Tells whether a registry, or the one in the name of an image, is an IPv6 address, as in `[fd00::1]:5000/app`. */
export function hasIpv6Registry(name: string): boolean {
  return name.startsWith('[');
}

/**
 * Turns a registry into the first part of the name of a repository, which has no colon and no bracket:
 * `reg.local:5000` becomes `reg.local_5000`, and `[fd00::1]:5000` becomes `fd00-0-1_5000`.
 */
export function registryComponent(registry: string): string {
  const [, address, port] = /^\[(.*)\](.*)$/.exec(registry) ?? [];
  if (address === undefined || port === undefined) return registry.toLowerCase().replace(':', '_');
  const groups = address.toLowerCase().replace('::', ':0:').split(':');
  return `${groups.filter((group) => group !== '').join('-')}${port.replace(':', '_')}`;
}
