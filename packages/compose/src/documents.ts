import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { hintBeside, ioError, namesBeside } from '@bundle/files';
import { BundleError, limits, systemErrorCode } from '@bundle/format';
import { type ParsedDocument, parseYamlDocuments } from '@bundle/format/yaml';
import { invalidCompose } from './invalid-compose.ts';
import { isRemote, type Reference, referencesOf } from './references.ts';
import { type Lookup, tryInterpolate } from './template.ts';
import { checkServices } from './too-many.ts';

/** A Compose file as written, without interpolation or merging. */
export interface ComposeDocument {
  readonly file: string;
  readonly value: unknown;
  readonly references: readonly Reference[];
  readonly lineOf: ParsedDocument['lineOf'];
}

/** Reads the named files and all files that they include or extend; refuses remote ones and providers. */
export async function readDocuments(
  files: readonly string[],
  lookup: Lookup,
): Promise<ComposeDocument[]> {
  const found: ComposeDocument[] = [];
  const seen = new Set<string>();
  const queue = [...files];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const document of await readFileDocuments(file, files.includes(file))) {
      found.push(document);
      for (const reference of document.references) {
        queue.push(...localFile(document, reference, lookup));
      }
    }
  }
  return found;
}

/**
 * Reads the documents of one file, which Compose merges like files of their own. A missing included file is left to the
 * plugin, which can say what it was for.
 */
async function readFileDocuments(file: string, named: boolean): Promise<ComposeDocument[]> {
  const text = await readText(file);
  if (text === undefined) {
    if (named) throw await notThere(file);
    return [];
  }
  const documents = parseYamlDocuments(text, file).map((one) => composeDocument(file, one));
  if (documents.length === 0) throw invalidCompose(file, 'no mapping at the top level');
  return documents;
}

function composeDocument(
  file: string,
  { value, findings, lineOf }: ParsedDocument,
): ComposeDocument {
  if (findings.length > 0) {
    const words = findings.map(({ line, message }) => `line ${line ?? '?'}: ${message}`);
    throw invalidCompose(file, words.join('; '));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidCompose(file, 'no mapping at the top level');
  }
  checkServices(value, file);
  return { file, value, references: referencesOf(value), lineOf };
}

function localFile(document: ComposeDocument, reference: Reference, lookup: Lookup): string[] {
  const { kind, path } = reference;
  const place = `line ${document.lineOf(path) ?? '?'}`;
  if (kind === 'provider') {
    throw invalidCompose(
      document.file,
      `${place}: the service "${reference.target}" is run by a provider, which a bundle cannot contain`,
    );
  }
  if (kind === 'model') {
    throw invalidCompose(
      document.file,
      `${place}: the service "${reference.target}" uses a model of Docker Model Runner, which a bundle cannot contain`,
    );
  }
  const target = tryInterpolate(reference.target, lookup) ?? reference.target;
  if (isRemote(target)) {
    throw invalidCompose(
      document.file,
      `${place}: ${kind} from "${reference.target}", which is remote`,
    );
  }
  return [resolve(dirname(document.file), target)];
}

async function readText(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw invalidCompose(file, 'not a regular file');
    if (found.size > limits.maxTextFileBytes) {
      throw invalidCompose(file, `${found.size} bytes; the limit is ${limits.maxTextFileBytes}`);
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}

async function notThere(file: string): Promise<BundleError> {
  const beside = await namesBeside(file, ({ name }) => /^\.ya?ml$/.test(extname(name)));
  return new BundleError('compose-not-found', {
    operation: 'reading the Compose file',
    subject: file,
    expected: 'a Compose file',
    found: 'no such file',
    hint: hintBeside(beside, 'Check the path.'),
  });
}
