import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ioError, isThere, makeFolder, userFolder } from '@bundle/files';
import { BundleError, shellWord } from '@bundle/format';
import { makeKey } from '@bundle/sign';
import { parseKeyFile } from '@bundle/trust';
import type { Context, Outcome } from '../../outcome.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';
import { usageError } from '../../usage.ts';
import type { KeygenChoice } from './definition.ts';

/** Runs `bundle keygen`: makes a key pair and says how to use it. */
export async function runKeygen(
  context: Context,
  target: string | undefined,
  { passphrase }: KeygenChoice,
): Promise<Outcome> {
  const { env, cwd, ask, colours } = context;
  if (passphrase && ask === undefined) {
    throw usageError(
      'the command line of keygen',
      'a terminal to type a passphrase on, or --no-passphrase',
      'neither',
      'See `bundle keygen --help`.',
    );
  }
  const path = target === undefined ? defaultPath(env) : resolve(cwd, target);
  await prepare(path);
  await makeKey(path, passphrase ? 'ask' : 'none', context);
  const line = (await readFile(`${path}.pub`, 'utf8')).trim();
  const { fingerprint } = parseKeyFile(line, `${path}.pub`).key;
  const words = [
    t`${colours.green(t`Made`)} ${visible(path)}: keep it secret, and keep a safe copy`,
    `${visible(line)}\n${fingerprint}`,
    t`${colours.bold(t`Sign`)}\n  bundle export --sign ${visible(shellWord(path))} -o shop.tar`,
    t`${colours.bold(t`Trust it, on each host that imports`)}\n  bundle trust add ${visible(shellWord(`${path}.pub`))}`,
  ];
  const json = { key: path, publicKey: `${path}.pub`, line, fingerprint };
  return { json, text: words.join('\n\n') };
}

function defaultPath(env: NodeJS.ProcessEnv): string {
  return join(userFolder('config', env), 'bundle', 'signing-key');
}

/** Refuses to overwrite a key: it may be the only one that hosts trust. */
async function prepare(path: string): Promise<void> {
  for (const file of [path, `${path}.pub`]) {
    if (!(await isThere(file))) continue;
    throw new BundleError('output-exists', {
      operation: 'making a key',
      subject: file,
      expected: 'an unused path',
      found: 'a file',
      hint: 'Choose another path, or use the existing key.',
    });
  }
  try {
    await makeFolder(dirname(path), 0o700);
  } catch (error) {
    throw ioError(error, 'making the folder', dirname(path), 'output-unwritable');
  }
}
