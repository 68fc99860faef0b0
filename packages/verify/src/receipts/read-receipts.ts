import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, isAbsence, readTextIfThere } from '@bundle/files';
import {
  BundleError,
  detachedSignaturePath,
  formatDocumentPath,
  limits,
  parseBounded,
  parseJson,
  type Receipt,
  reasonOf,
  receiptSchema,
} from '@bundle/format';
import { type Judgement, judgeSignatures, receiptNamespace, signatureError } from '@bundle/trust';
import type { SignaturePolicy } from '../signers.ts';

/** A receipt of a host, and who signed it. */
export interface ReadReceipt {
  readonly file: string;
  readonly receipt: Receipt;
  readonly signatures: Judgement;
}

export interface ReadReceipts {
  readonly receipts: readonly ReadReceipt[];
  /** Files that are no receipts, or whose signatures are not as they have to be. */
  readonly refused: readonly { readonly file: string; readonly error: BundleError }[];
}

/**
 * Reads receipts of hosts, and all files of folders as receipts. What is wrong with one does not hide the others. Fails
 * with `input-unreadable` for a path that is not there.
 */
export async function readReceipts(
  paths: readonly string[],
  policy: SignaturePolicy,
): Promise<ReadReceipts> {
  const receipts: ReadReceipt[] = [];
  const refused: { file: string; error: BundleError }[] = [];
  let bytes = 0;
  for (const file of (await Promise.all(paths.map(filesAt))).flat()) {
    try {
      bytes += (await lstat(file)).size;
      if (bytes > limits.maxReceiptsBytes) throw tooMany(file);
      receipts.push(await readReceipt(file, policy));
    } catch (error) {
      if (!(error instanceof BundleError))
        throw ioError(error, 'reading', file, 'input-unreadable');
      refused.push({ file, error });
    }
  }
  return { receipts, refused };
}

function tooMany(file: string): BundleError {
  const expected = `at most ${limits.maxReceiptsBytes} bytes of receipts at once`;
  return invalid(file, expected, 'more with this one');
}

async function filesAt(path: string): Promise<string[]> {
  try {
    if (!(await lstat(path)).isDirectory()) return [path];
    const files: string[] = [];
    for await (const entry of await opendir(path)) {
      if (entry.isDirectory() || entry.name.endsWith('.sig')) continue;
      files.push(join(path, entry.name));
      if (files.length > limits.maxReceipts)
        throw invalid(path, `at most ${limits.maxReceipts} files`, 'more');
    }
    return files.sort();
  } catch (error) {
    if (isAbsence(error)) throw notThere(path);
    throw ioError(error, 'reading', path, 'input-unreadable');
  }
}

function notThere(subject: string): BundleError {
  return new BundleError('input-unreadable', {
    operation: 'reading',
    subject,
    expected: 'a receipt, or a folder of receipts',
    found: 'nothing there',
    hint: 'Check the path.',
  });
}

async function readReceipt(file: string, policy: SignaturePolicy): Promise<ReadReceipt> {
  const text = await textAt(file, limits.maxReceiptBytes);
  if (text === undefined) throw invalid(file, 'a receipt', 'nothing there');
  const receipt = parseReceipt(text, file);
  const armored = await textAt(detachedSignaturePath(file), limits.maxSignatureBytes);
  const signatures = judgeSignatures(Buffer.from(text), armored === undefined ? [] : [armored], {
    ...policy,
    namespace: receiptNamespace,
  });
  const error = signatureError(signatures, file, policy.required);
  if (error !== undefined) throw error;
  return { file, receipt, signatures };
}

/** A folder that came with a stick may have anything in it: only regular files are opened. */
async function textAt(path: string, maxBytes: number): Promise<string | undefined> {
  try {
    const stat = await lstat(path);
    if (!stat.isFile()) throw invalid(path, 'a file', 'something else');
  } catch (error) {
    if (error instanceof BundleError) throw error;
    return undefined;
  }
  return readTextIfThere(path, { maxBytes, code: 'receipt-invalid' });
}

function parseReceipt(text: string, file: string): Receipt {
  let document: unknown;
  try {
    document = parseJson(Buffer.from(text));
  } catch (error) {
    throw invalid(file, 'what `bundle receipt` wrote', reasonOf(error));
  }
  const parsed = parseBounded(receiptSchema, document);
  if (parsed.data !== undefined) return parsed.data;
  const words = parsed.issues
    .slice(0, 3)
    .map(({ path, message }) => `${formatDocumentPath(path)}: ${message}`);
  throw invalid(file, 'what `bundle receipt` wrote', words.join('; '));
}

function invalid(subject: string, expected: string, found: string): BundleError {
  return new BundleError('receipt-invalid', {
    operation: 'reading the receipt',
    subject,
    expected,
    found,
    hint: 'Get it again from the host: `bundle receipt -o FILE` writes it. Remove what is not a receipt from the folder.',
  });
}
