import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import {
  BundleError,
  limits,
  type ParsedDocument,
  parseYamlDocument,
  systemErrorCode,
} from '@bundle/format';
import { ioError } from '@bundle/store';
import { z } from 'zod';

/** A Compose file as it is written: nothing interpolated, nothing merged. */
export interface ComposeDocument {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  readonly lineOf: ParsedDocument['lineOf'];
}

const strings = z.union([z.string(), z.array(z.string())]);
const rawSchema = z.looseObject({
  include: z.array(z.union([z.string(), z.looseObject({ path: strings.optional() })])).optional(),
  services: z
    .record(
      z.string(),
      z
        .looseObject({
          extends: z.union([z.string(), z.looseObject({ file: z.string().optional() })]).optional(),
          provider: z.unknown().optional(),
          env_file: z.unknown().optional(),
        })
        .nullable(),
    )
    .optional(),
});
export type RawCompose = z.output<typeof rawSchema>;

export function rawCompose({ value, file }: ComposeDocument): RawCompose {
  const parsed = rawSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Reads the named files and all that they include or extend; remote ones are refused. */
export async function readDocuments(files: readonly string[]): Promise<ComposeDocument[]> {
  const documents = new Map<string, ComposeDocument>();
  const queue = [...files];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (documents.has(file)) continue;
    const document = await readDocument(file);
    documents.set(file, document);
    queue.push(...referencesOf(document));
  }
  return [...documents.values()];
}

async function readDocument(file: string): Promise<ComposeDocument> {
  const text = await readText(file);
  const { value, findings, lineOf } = parseYamlDocument(text, file);
  const [first] = findings;
  if (first !== undefined) throw invalid(file, `line ${first.line ?? '?'}: ${first.message}`);
  return { file, text, value, lineOf };
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > limits.maxTextFileBytes) throw invalid(file, `${size} bytes, too many to be one`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT')
      throw ioError(error, 'reading', file, 'input-unreadable');
    throw new BundleError('compose-not-found', {
      operation: 'reading the Compose file',
      subject: file,
      found: 'no such file',
      hint: 'Give the path of a Compose file or a bundle spec.',
    });
  }
}

/** Local files that a document includes or extends from. */
function referencesOf(document: ComposeDocument): string[] {
  const { include = [], services = {} } = rawCompose(document);
  const found: string[] = [];
  const add = (path: string, place: readonly PropertyKey[]): void => {
    if (/^(?:git@|https?:|oci:|git:|ssh:|github\.com\/)/.test(path) || path.includes('.git#')) {
      throw invalid(
        document.file,
        `line ${document.lineOf(place) ?? '?'}: ${path}, which is remote`,
      );
    }
    // A path with a variable in it is left to the compose plugin.
    if (!path.includes('$')) found.push(local(document.file, path));
  };
  include.forEach((entry, index) => {
    const entries = typeof entry === 'string' ? entry : (entry.path ?? []);
    for (const path of [entries].flat()) add(path, ['include', index]);
  });
  for (const [name, service] of Object.entries(services)) {
    if (service?.provider !== undefined) {
      const line = document.lineOf(['services', name, 'provider']) ?? '?';
      throw invalid(
        document.file,
        `line ${line}: service ${name} has a provider, which is not packed`,
      );
    }
    const from = service?.extends;
    if (typeof from === 'object' && from.file !== undefined) {
      add(from.file, ['services', name, 'extends']);
    }
  }
  return found;
}

export function local(file: string, path: string): string {
  return isAbsolute(path) ? path : resolve(dirname(file), path);
}

export function invalid(file: string, found: string): BundleError {
  return new BundleError('compose-invalid', {
    operation: 'reading the Compose file',
    subject: file,
    expected: 'a valid Compose project of local files',
    found,
    hint: 'Mend it there, then export again.',
  });
}
