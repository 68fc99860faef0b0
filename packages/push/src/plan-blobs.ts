import type { Digest } from '@bundle/format';

/** A blob, and the repositories that need it. */
export interface NeededBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly repositories: readonly string[];
}

/** How a blob gets into the repositories that lack it. */
export interface BlobPlan {
  readonly digest: Digest;
  readonly size: number;
  /** Repositories that need it and have it. */
  readonly present: readonly string[];
  /** A repository of this push that has it already. */
  readonly source: string | undefined;
  /** Where it is uploaded to: at most one repository, since the others then take it from there. */
  readonly upload: string | undefined;
  /** Repositories of the same registry that take it from another one, and from which. */
  readonly mount: readonly { readonly to: string; readonly from: string }[];
}

/**
 * Plans how blobs get into a registry, the largest first. `has` tells which repositories have them; `all` are those of
 * the push, since a blob may be in one that no longer needs it.
 */
export function planBlobs(
  blobs: readonly NeededBlob[],
  all: readonly string[],
  has: (repository: string, digest: Digest) => boolean,
): BlobPlan[] {
  return blobs
    .map(({ digest, size, repositories }) => {
      const present = repositories.filter((repository) => has(repository, digest));
      const lacking = repositories.filter((repository) => !has(repository, digest));
      const source = present[0] ?? all.find((repository) => has(repository, digest));
      const upload = source === undefined ? lacking[0] : undefined;
      const from = source ?? upload ?? '';
      const mount = lacking.filter((to) => to !== upload).map((to) => ({ to, from }));
      return { digest, size, present, source, upload, mount };
    })
    .sort((a, b) => b.size - a.size);
}

/** Merges what images need into one entry for each blob. */
export function neededBlobs(
  images: readonly {
    readonly repository: string;
    readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  }[],
): NeededBlob[] {
  const needed = new Map<Digest, { size: number; repositories: Set<string> }>();
  for (const { repository, blobs } of images) {
    for (const { digest, size } of blobs) {
      const known = needed.get(digest) ?? { size, repositories: new Set<string>() };
      known.repositories.add(repository);
      needed.set(digest, known);
    }
  }
  return [...needed].map(([digest, { size, repositories }]) => ({
    digest,
    size,
    repositories: [...repositories],
  }));
}
