import { resolve } from 'node:path';
import { readNamed } from '@bundle/files';
import type { Context } from '../outcome.ts';
import { usageError } from '../usage.ts';
import { t } from './text/text.ts';

export interface PassphraseChoice {
  readonly passphraseFile?: string | undefined;
}

type Asking = Pick<Context, 'askText' | 'cwd'>;

const leastLength = 10;
const subject = 'the passphrase of the settings';
const hint = 'Use a terminal, or give it with --passphrase-file.';

/** Reads the passphrase that opens a file: of a file, else from the terminal. Fails with `usage` where there is neither. */
export async function passphrase(context: Asking, choice: PassphraseChoice): Promise<string> {
  const written = await fromFile(context, choice);
  if (written !== undefined) return written;
  if (context.askText === undefined) throw usageError(subject, 'a passphrase', 'none', hint);
  return context.askText(t`Passphrase of the settings:`, { secret: true });
}

/** Reads a passphrase that is to protect a file; on the terminal it is typed twice. */
export async function newPassphrase(context: Asking, choice: PassphraseChoice): Promise<string> {
  const long = t`${leastLength} characters or more`;
  const written = await fromFile(context, choice);
  if (written !== undefined) {
    if (written.length >= leastLength) return written;
    throw usageError(subject, long, `${written.length} characters`);
  }
  const { askText } = context;
  if (askText === undefined) {
    throw usageError(subject, 'a passphrase, or --recipient', 'neither', hint);
  }
  const first = await askText(t`Passphrase for the settings:`, {
    secret: true,
    problemOf: (text) => (text.length < leastLength ? t`Use ${long}.` : undefined),
  });
  await askText(t`The same again:`, {
    secret: true,
    problemOf: (text) => (text === first ? undefined : t`That is another one.`),
  });
  return first;
}

/** The first line of the file. */
async function fromFile(
  { cwd }: Asking,
  { passphraseFile }: PassphraseChoice,
): Promise<string | undefined> {
  if (passphraseFile === undefined) return undefined;
  const bytes = await readNamed(resolve(cwd, passphraseFile), 'reading the passphrase in');
  return bytes.toString('utf8').split(/\r?\n/, 1)[0] ?? '';
}
