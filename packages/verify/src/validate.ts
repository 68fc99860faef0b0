import { access, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { ioError, isAbsence, namesBeside, withFile } from '@bundle/files';
import { BundleError, limits, type OnProgress, paths } from '@bundle/format';
import { hasMagic } from '@bundle/format/tar-header';
import {
  type FindParts,
  isPart,
  isPartList,
  openBundle,
  readAt,
  readExtent,
  requireEntry,
} from '@bundle/store';
import {
  placed,
  type ValidationFinding,
  validateManifestText,
  validateSpecText,
} from './validate-text.ts';
import { verifyBundle } from './verify.ts';

export interface ValidateOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  /** Where parts are, and how to ask for a missing one. */
  readonly find?: FindParts;
}

/**
 * Collects all findings of specs (YAML), bundle.json files and whole bundles (folders and single
 * files). An unreadable input is also a finding; only an interruption is thrown.
 */
export async function validateInputs(
  inputs: readonly string[],
  options: ValidateOptions,
): Promise<ValidationFinding[]> {
  const findings: ValidationFinding[] = [];
  for (const input of inputs) {
    try {
      findings.push(...(await validateInput(input, options)));
    } catch (error) {
      if (!(error instanceof BundleError) || error.code === 'interrupted') throw error;
      findings.push(toFinding(error, input));
    }
  }
  return findings;
}

async function validateInput(
  input: string,
  options: ValidateOptions,
): Promise<readonly ValidationFinding[]> {
  if (await isWholeBundle(input)) return validateBundle(input, options);
  const bytes = await readBytes(input);
  return extname(input) === '.json'
    ? validateManifestText(bytes, input).findings
    : validateSpec(bytes.toString('utf8'), input);
}

/** Recognizes a bundle: a folder, a `.tar`, or any file with the magic number of a tar archive (POSIX.1-1988 ustar). */
async function isWholeBundle(input: string): Promise<boolean> {
  try {
    if ((await stat(input)).isDirectory() || extname(input) === '.tar') return true;
    if (isPartList(input) || isPart(input)) return true;
    const head = await withFile(input, 'r', (handle) => readAt(handle, 0, 512));
    return hasMagic(head);
  } catch (error) {
    if (isAbsence(error)) throw await missing(input);
    throw ioError(error, 'reading', input, 'input-unreadable');
  }
}

async function missing(input: string): Promise<BundleError> {
  const beside = await namesBeside(
    input,
    (entry) => entry.isDirectory() || readable.has(extname(entry.name)),
  );
  return new BundleError('input-unreadable', {
    operation: 'reading',
    subject: input,
    expected: 'a bundle spec, a bundle.json or a bundle',
    found:
      beside.length === 0
        ? 'nothing there'
        : `nothing there; in the same folder: ${beside.join(', ')}`,
  });
}

const readable: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json', '.tar']);

async function readBytes(input: string): Promise<Buffer> {
  const limit =
    basename(input) === paths.manifest ? limits.maxBundleManifestBytes : limits.maxTextFileBytes;
  try {
    const { size } = await stat(input);
    if (size > limit) {
      throw new BundleError('input-unreadable', {
        operation: 'reading',
        subject: input,
        expected: `at most ${limit} bytes`,
        found: `${size} bytes`,
      });
    }
    return await readFile(input);
  } catch (error) {
    throw ioError(error, 'reading', input, 'input-unreadable');
  }
}

/** Checks the schema, and that the Compose files exist. */
async function validateSpec(text: string, file: string): Promise<readonly ValidationFinding[]> {
  const { value, findings, lineOf } = validateSpecText(text, file);
  if (value === undefined) return findings;
  const isList = Array.isArray(value.compose);
  const missing: ValidationFinding[] = [];
  for (const [index, compose] of [value.compose].flat().entries()) {
    const path = isList ? ['compose', index] : ['compose'];
    try {
      await access(resolve(dirname(file), compose));
    } catch {
      const message = `the Compose file ${compose} does not exist`;
      missing.push(placed(lineOf, file, path, message, 'compose-not-found'));
    }
  }
  return [...findings, ...missing];
}

/** Checks bundle.json by schema and rules, then every byte of the rest. */
async function validateBundle(
  bundle: string,
  options: ValidateOptions,
): Promise<readonly ValidationFinding[]> {
  const { isReadable, findings } = await validateManifest(bundle, options);
  if (!isReadable) return findings;
  const report = await verifyBundle(bundle, options);
  const verified = report.findings
    // Those of bundle.json itself were reported above, with a line.
    .filter(({ code, file }) => code !== 'manifest-invalid' || file !== paths.manifest)
    .map((finding) => ({ ...finding, file: join(bundle, finding.file) }));
  return [...findings, ...verified];
}

/** Keeps nothing of the document, which is read once more to be verified: a hostile one takes 100 MB. */
async function validateManifest(
  bundle: string,
  { find }: ValidateOptions,
): Promise<{ isReadable: boolean; findings: readonly ValidationFinding[] }> {
  const source = await openBundle(bundle, find);
  const extent = requireEntry(source, paths.manifest);
  const bytes = await readExtent(extent, limits.maxBundleManifestBytes, paths.manifest);
  const { value, findings } = validateManifestText(bytes, join(bundle, paths.manifest));
  return { isReadable: value !== undefined, findings };
}

function toFinding({ code, details, message }: BundleError, input: string): ValidationFinding {
  const { operation, expected, found } = details;
  const facts = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(found === undefined ? [] : [`found ${found}`]),
  ];
  const words = facts.length === 0 ? message : `${operation}: ${facts.join(', ')}`;
  return { severity: 'error', code, file: input, message: words };
}

export * from './validate-text.ts';
