import { readFile, stat } from 'node:fs/promises';
import { hintBeside, ioError, namesBeside } from '@bundle/files';
import {
  BundleError,
  formatDocumentPath,
  limits,
  type PartList,
  parseJson,
  partListSuffix,
  reasonOf,
  systemErrorCode,
} from '@bundle/format';

export function isPartList(path: string): boolean {
  return path.endsWith(partListSuffix);
}

/** The suffix of a part's name, as in `shop.tar.part001`. */
const partSuffix = /\.part(\d{3,4})$/;

export function isPart(path: string): boolean {
  return partSuffix.test(path);
}

/**
 * Returns the number of a part of this bundle, from 1: 2 for `shop.tar.part002` of `shop.tar`; undefined for other
 * names.
 */
export function partNumber(name: string, bundle: string): number | undefined {
  const [suffix, number] = partSuffix.exec(name) ?? [];
  return suffix !== undefined && name === `${bundle}${suffix}` ? Number(number) : undefined;
}

/** Makes the error for a single part given as a bundle instead of the list. */
export function partAlone(path: string): BundleError {
  const list = `${path.replace(partSuffix, '')}${partListSuffix}`;
  return new BundleError('bundle-not-found', {
    operation: 'opening the bundle',
    subject: path,
    expected: `all parts, by ${list}`,
    found: 'one part',
    hint: 'Give the path of the list of parts, which export wrote beside the parts.',
  });
}

/** Reads the list of parts. Fails with `bundle-not-found`, `input-unreadable` or `part-list-invalid`. */
export async function readPartList(path: string): Promise<PartList> {
  let document: unknown;
  try {
    if ((await stat(path)).size > limits.maxTextFileBytes) throw invalid(path, 'a larger file');
    document = parseJson(await readFile(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(path, reasonOf(error));
    if (systemErrorCode(error) === 'ENOENT') throw await notFound(path);
    throw ioError(error, 'reading the list of parts', path, 'input-unreadable');
  }
  const { partListSchema } = await import('@bundle/format/parts');
  const parsed = partListSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(path, issue ? `${formatDocumentPath(issue.path)}: ${issue.message}` : 'another');
  }
  const names = parsed.data.parts.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(path, `${twice} twice`);
  return parsed.data;
}

export function partDamaged(
  subject: string,
  name: string,
  expected: string,
  found: string,
): BundleError {
  return new BundleError('part-damaged', {
    operation: `checking ${name} of`,
    subject,
    expected,
    found,
    hint: '`bundle repair` fetches only this part again from the original.',
  });
}

async function notFound(subject: string): Promise<BundleError> {
  const beside = await namesBeside(subject, ({ name }) => name.endsWith(partListSuffix));
  return new BundleError('bundle-not-found', {
    operation: 'opening the bundle',
    subject,
    expected: 'the list of the parts of a bundle',
    found: 'nothing there',
    hint: hintBeside(beside, 'Give the path that `bundle export --split` printed.'),
  });
}

function invalid(subject: string, found: string): BundleError {
  return new BundleError('part-list-invalid', {
    operation: 'reading the list of parts',
    subject,
    expected: 'what `bundle export --split` wrote',
    found,
    hint: 'Copy it again from its source; it is small.',
  });
}
