import { BundleError, type Digest } from '@bundle/format';
import { repositoryNames } from './repository-names.ts';

/** An image and the digest of its top document: an image manifest or an image index. */
export interface NamedDocument {
  readonly reference: string;
  readonly topDigest: Digest;
}

export interface Repositories {
  /** Names for `_catalog`, sorted. */
  readonly listed: readonly string[];
  /** Repository, then tag. */
  readonly tags: ReadonlyMap<string, ReadonlyMap<string, Digest>>;
}

/**
 * Assigns names to images. An image’s own names come first. A short path (`a/b` for `ghcr.io/a/b`) is given only to
 * a tag that no image owns there, and to none if two images of different registries claim it: serving neither is
 * better than serving the wrong one.
 */
export function planRepositories(images: readonly NamedDocument[]): Repositories {
  const tags = new Map<string, Map<string, Digest>>();
  const listed = new Set<string>();
  const short = new Map<string, Set<Digest>>();
  for (const { reference, topDigest } of images) {
    const names = repositoryNames(reference);
    if (names === undefined) throw unservable(reference);
    listed.add(names.listed);
    for (const repository of names.own) {
      const there = tags.get(repository)?.get(names.tag);
      if (there !== undefined && there !== topDigest) throw twice(reference, there, topDigest);
      put(tags, repository, names.tag, topDigest);
    }
    if (names.short === undefined) continue;
    const key = `${names.short}:${names.tag}`;
    short.set(key, (short.get(key) ?? new Set()).add(topDigest));
  }
  for (const [key, [digest, ...others]] of short) {
    const colon = key.lastIndexOf(':');
    const [repository, tag] = [key.slice(0, colon), key.slice(colon + 1)];
    if (digest === undefined || others.length > 0 || tags.get(repository)?.has(tag)) continue;
    put(tags, repository, tag, digest);
  }
  return { listed: [...listed].sort(), tags };
}

function put(
  tags: Map<string, Map<string, Digest>>,
  repository: string,
  tag: string,
  digest: Digest,
): void {
  const repositoryTags = tags.get(repository) ?? new Map<string, Digest>();
  tags.set(repository, repositoryTags.set(tag, digest));
}

function twice(reference: string, one: Digest, other: Digest): BundleError {
  return new BundleError('manifest-invalid', {
    operation: 'naming the images to serve:',
    subject: reference,
    expected: 'one image under this name',
    found: `${one} and ${other}`,
    hint: 'Serve these bundles separately: they contain different images with the same name.',
  });
}

function unservable(reference: string): BundleError {
  return new BundleError('manifest-invalid', {
    operation: 'naming the images to serve:',
    subject: reference,
    expected: 'a reference NAME:TAG with a valid repository name',
    found: 'another name',
    hint: 'The bundle was not made by `bundle export`: get it again from its source.',
  });
}
