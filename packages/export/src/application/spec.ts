import { readTextIfThere } from '@bundle/files';
import { BundleError, type BundleSpec } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { validateSpecText } from '@bundle/verify/validate';
import { z } from 'zod';

const specMark = z.looseObject({ schemaVersion: z.unknown(), compose: z.unknown() });

/** Tells whether a file is a bundle spec: it has top-level `schemaVersion` and `compose`, which no Compose file has. */
export async function isSpec(path: string): Promise<boolean> {
  const { value } = parseYamlDocument(await readNamed(path), path);
  const { success, data } = specMark.safeParse(value);
  return success && data.compose !== undefined && data.schemaVersion !== undefined;
}

/** Reads a bundle spec; fails with `spec-invalid` or `schema-newer`, listing every mistake. */
export async function readSpec(path: string): Promise<BundleSpec> {
  const { value, findings } = validateSpecText(await readNamed(path), path);
  if (value !== undefined && findings.length === 0) return value;
  const words = findings.map(
    ({ line, path: place, message }) =>
      `line ${line ?? '?'}: ${place ? `${place}: ` : ''}${message}`,
  );
  const isNewer = findings.some(({ code }) => code === 'schema-newer');
  throw new BundleError(isNewer ? 'schema-newer' : 'spec-invalid', {
    operation: 'reading the bundle spec',
    subject: path,
    expected: 'a bundle spec of schema version 1',
    found: words.join('; '),
    hint: 'Fix each of them; `bundle validate` lists them too, and manifests/ has examples.',
  });
}

async function readNamed(path: string): Promise<string> {
  const text = await readTextIfThere(path);
  if (text !== undefined) return text;
  throw new BundleError('compose-not-found', {
    operation: 'reading',
    subject: path,
    expected: 'a Compose file or a bundle spec',
    found: 'no such file',
    hint: 'Check the path.',
  });
}
