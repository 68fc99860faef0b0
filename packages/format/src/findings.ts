/** A problem in an input: where it is, and what it is. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** The file, as the user named it. */
  readonly file: string;
  /** 1-based line, where known. */
  readonly line?: number;
  /** Path inside the document, such as `images[0].layers[2].digest`. */
  readonly path?: string;
  readonly message: string;
}

/** Formats a document path: `images[0].digest` for ['images', 0, 'digest']. */
export function formatDocumentPath(segments: readonly PropertyKey[]): string {
  return segments
    .map((segment, index) =>
      typeof segment === 'number'
        ? `[${segment}]`
        : `${index === 0 ? '' : '.'}${shortened(String(segment))}`,
    )
    .join('');
}

const maxQuotedChars = 200;

/** Cuts a word of a document for a message, which would be as long as the document otherwise. */
export function shortened(text: string): string {
  return text.length > maxQuotedChars ? `${text.slice(0, maxQuotedChars)}…` : text;
}
