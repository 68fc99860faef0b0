import {
  blobPath,
  type Descriptor,
  type Digest,
  digestOf,
  type ImageIndex,
  type ImageManifest,
  imageIndexSchema,
  imageManifestSchema,
  mediaTypes,
} from '@bundle/format';
import type { OpenedBundle } from '@bundle/verify';
import { z } from 'zod';
import { notADocument, type PushedDocument, readDocument } from './read-document.ts';

/** What an image consists of in a registry. */
export interface ImageParts {
  /** The documents in the order in which a registry takes them: what they name comes before them. */
  readonly documents: readonly PushedDocument[];
  /** Config and layers, and those of attestations. */
  readonly blobs: readonly Pick<Descriptor, 'digest' | 'size'>[];
}

/** A document of a bundle with those below it. */
export interface DocumentTree {
  readonly document: PushedDocument;
  readonly content: ImageManifest | ImageIndex;
  readonly children: readonly DocumentTree[];
}

const schema = z.union([imageIndexSchema, imageManifestSchema]);
/** As deep as `bundle serve` and the export follow indexes of indexes. */
const maxIndexDepth = 3;

/** Reads an image manifest, or an image index with what the bundle has below it. Fails as `readDocument` does. */
export async function readTree(bundle: OpenedBundle, top: Digest): Promise<DocumentTree> {
  const known = new Map<Digest, DocumentTree>();
  const read = async (digest: Digest, depth: number): Promise<DocumentTree> => {
    const seen = known.get(digest);
    if (seen !== undefined) return seen;
    if (depth > maxIndexDepth)
      throw notADocument(blobPath(top), `image indexes nested deeper than ${maxIndexDepth}`);
    const { document: content, bytes } = await readDocument(bundle, digest, schema);
    const children: DocumentTree[] = [];
    for (const child of content.manifests ?? []) {
      if (!bundle.source.entries.has(blobPath(child.digest))) continue;
      children.push(await read(child.digest, depth + 1));
    }
    const tree = { document: { digest, mediaType: typeOf(content), bytes }, content, children };
    known.set(digest, tree);
    return tree;
  };
  return read(top, 0);
}

/** Lists the documents and blobs of a tree, and the documents that it names and lacks. */
export function partsOf(top: DocumentTree): ImageParts & { readonly absent: readonly Digest[] } {
  const trees = new Map<Digest, DocumentTree>();
  const add = (tree: DocumentTree): void => {
    if (trees.has(tree.document.digest)) return;
    for (const child of tree.children) add(child);
    trees.set(tree.document.digest, tree);
  };
  add(top);
  const all = [...trees.values()];
  const named = all.flatMap(({ content }) => content.manifests ?? []).map(({ digest }) => digest);
  return {
    documents: all.map(({ document }) => document),
    blobs: all.flatMap(({ content }) => (content.manifests === undefined ? blobsOf(content) : [])),
    absent: [...new Set(named)].filter((digest) => !trees.has(digest)),
  };
}

/** Returns a tree whose indexes name only what it has. */
export function withoutAbsent(top: DocumentTree): DocumentTree {
  const known = new Map<Digest, DocumentTree>();
  const reduce = (tree: DocumentTree): DocumentTree => {
    const { document, content } = tree;
    const seen = known.get(document.digest);
    if (seen !== undefined) return seen;
    const reduced = content.manifests === undefined ? tree : over(content, tree, reduce);
    known.set(document.digest, reduced);
    return reduced;
  };
  return reduce(top);
}

function over(
  index: ImageIndex,
  tree: DocumentTree,
  reduce: (tree: DocumentTree) => DocumentTree,
): DocumentTree {
  const reduced = new Map(tree.children.map((child) => [child.document.digest, reduce(child)]));
  const isWhole = index.manifests.every(
    ({ digest }) => reduced.get(digest)?.document.digest === digest,
  );
  if (isWhole) return tree;
  const manifests = index.manifests.flatMap((descriptor) => {
    const child = reduced.get(descriptor.digest)?.document;
    return child === undefined
      ? []
      : [{ ...descriptor, digest: child.digest, size: child.bytes.length }];
  });
  const content = { ...index, manifests };
  const bytes = Buffer.from(JSON.stringify(content));
  return {
    document: { digest: digestOf(bytes), mediaType: typeOf(index), bytes },
    ...{ content, children: [...reduced.values()] },
  };
}

function blobsOf({ config, layers }: ImageManifest): Pick<Descriptor, 'digest' | 'size'>[] {
  return [config, ...layers].map(({ digest, size }) => ({ digest, size }));
}

function typeOf({ mediaType, manifests }: ImageManifest | ImageIndex): string {
  return mediaType ?? (manifests === undefined ? mediaTypes.imageManifest : mediaTypes.imageIndex);
}
