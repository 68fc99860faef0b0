import { type Document, isAlias, isCollection, isPair, isScalar } from 'yaml';

/** Values of a document with every alias replaced: no application has as many, and what reads them visits each. */
const maxValues = 200_000;
/** The parser looks for the anchor of each alias among all of them. */
const maxAliases = 10_000;

/** A reason not to read a document, or not to replace its aliases, and the offset of the place. */
export interface AliasProblem {
  readonly message: string;
  readonly offset: number;
}

/**
 * Finds out what a document would become with its aliases replaced, without doing it: a few lines can stand for billions of
 * values, and an alias inside its own anchor for a value without an end.
 */
export function aliasProblem(document: Document): AliasProblem | undefined {
  /** Values that an anchor stands for; undefined while it is being counted. */
  const anchors = new Map<string, number | undefined>();
  let aliases = 0;
  let problem: AliasProblem | undefined;
  const countOf = (node: unknown): number => {
    if (problem !== undefined) return 0;
    if (isPair(node)) return countOf(node.key) + countOf(node.value);
    if (isAlias(node)) {
      const values = anchors.get(node.source);
      const offset = node.range?.[0] ?? 0;
      aliases += 1;
      if (anchors.has(node.source) && values === undefined) {
        problem = { message: `the alias *${node.source} is a part of what it stands for`, offset };
      } else if ((values ?? 0) > maxValues) {
        problem = { message: `the aliases stand for more than ${maxValues} values`, offset };
      } else if (aliases > maxAliases) {
        problem = { message: `more than ${maxAliases} aliases`, offset };
      }
      return values ?? 0;
    }
    if (!isCollection(node) && !isScalar(node)) return 0;
    if (node.anchor !== undefined) anchors.set(node.anchor, undefined);
    const count = isCollection(node)
      ? node.items.reduce<number>((sum, item) => sum + countOf(item), 1)
      : 1;
    if (node.anchor !== undefined) anchors.set(node.anchor, count);
    return count;
  };
  const values = countOf(document.contents);
  if (problem === undefined && values > maxValues) {
    problem = { message: `more than ${maxValues} values`, offset: 0 };
  }
  return problem;
}
