import { Document, isMap, isPair, isScalar, Scalar, visit } from 'yaml';

/** Words that some parser of YAML 1.1 or 1.2 takes for something other than text. */
const words = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;
const bare = /^[A-Za-z/][A-Za-z0-9./_-]*$/;
/** Characters that YAML 1.1 takes for line breaks or a byte order mark, and those that it refuses as control characters. */
const breaking = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * Writes an object as YAML that all versions of YAML read alike: a text that could be taken for anything else is in
 * quotes, and one of several lines is a block where that keeps every character.
 */
export function yamlText(value: object, comment?: string): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string') node.type = styleOf(node.value);
    },
    Pair(_, pair) {
      if (!isPair(pair) || !isScalar(pair.key) || !isMap(document.contents)) return;
      const key = String(pair.key.value);
      pair.key.type = isBare(key) ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;
    },
  });
  if (comment !== undefined) document.commentBefore = comment;
  // Only between double quotes, where the library leaves them as they are.
  return document
    .toString({ lineWidth: 0 })
    .replaceAll(breaking, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function styleOf(text: string): Scalar.Type {
  if (isBare(text)) return Scalar.PLAIN;
  const isBlock =
    text.includes('\n') &&
    /^[\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/.test(text);
  // A block that begins with a space, or with an empty line, needs an indicator that not every parser reads.
  return isBlock && /^\S/.test(text) && !/[ \t]$/m.test(text)
    ? Scalar.BLOCK_LITERAL
    : Scalar.QUOTE_DOUBLE;
}

function isBare(text: string): boolean {
  return bare.test(text) && !words.test(text);
}
