import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  BundleError,
  type BundleSpec,
  bundleSpecSchema,
  formatDocumentPath,
  parseYamlDocument,
} from '@bundle/format';
import { ioError } from '@bundle/store';
import { z } from 'zod';

/** Compose's own names, in its order. */
const names = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

/** The Compose file of a folder and the override beside it, as `docker compose` finds them. */
export async function findComposeFiles(folder: string): Promise<string[]> {
  const present = new Set(await list(folder));
  const name = names.find((candidate) => present.has(candidate));
  if (name === undefined) {
    throw new BundleError('compose-not-found', {
      operation: 'looking for a Compose file in',
      subject: folder,
      expected: `one of ${names.join(', ')}`,
      found: 'none of them',
      hint: 'Run the command in the project’s folder, or name the Compose file.',
    });
  }
  const stem = name.replace(/\.ya?ml$/, '');
  const override = [`${stem}.override.yml`, `${stem}.override.yaml`].find((o) => present.has(o));
  return [name, ...(override === undefined ? [] : [override])].map((file) => join(folder, file));
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw ioError(error, 'reading', folder, 'compose-not-found');
  }
}

/** The Compose files that a path stands for: the one of a folder, or the file itself, which then stands alone. */
export async function composeFilesAt(path: string): Promise<string[]> {
  return names.some((name) => path === join(dirname(path), name)) || /\.ya?ml$/.test(path)
    ? [path]
    : findComposeFiles(path);
}

const specMark = z.looseObject({ schemaVersion: z.unknown(), compose: z.unknown() });

/** Whether a file is a bundle spec: it has `schemaVersion` and `compose` at the top, which no Compose file has. */
export async function isSpec(path: string): Promise<boolean> {
  const { value } = parseYamlDocument(await read(path), path);
  const { success, data } = specMark.safeParse(value);
  return success && data.compose !== undefined && data.schemaVersion !== undefined;
}

/** Reads a bundle spec; `spec-invalid` names every place that is wrong. */
export async function readSpec(path: string): Promise<BundleSpec> {
  const { value, findings, lineOf } = parseYamlDocument(await read(path), path);
  const parsed = bundleSpecSchema.safeParse(value);
  if (findings.length === 0 && parsed.success) return parsed.data;
  const issues = parsed.error?.issues.map(
    (issue) =>
      `line ${lineOf(issue.path) ?? '?'}: ${formatDocumentPath(issue.path)}: ${issue.message}`,
  );
  const words =
    findings.length > 0 ? findings.map((f) => `line ${f.line ?? '?'}: ${f.message}`) : issues;
  throw new BundleError('spec-invalid', {
    operation: 'reading the bundle spec',
    subject: path,
    expected: 'a bundle spec of schema version 1',
    found: words?.join('; ') ?? '',
    hint: 'Mend it; `bundle validate` lists the same, manifests/ has examples.',
  });
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw ioError(error, 'reading', path, 'compose-not-found');
  }
}
