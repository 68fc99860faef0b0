import { resolve } from 'node:path';
import { type SigningKey, signBundle } from '@bundle/sign';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { sigstoreSigner } from '../../shared/signer.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';
import { usageError } from '../../usage.ts';
import type { SignChoice } from './definition.ts';

/** Runs `bundle sign`: adds a signature to a bundle. */
export async function runSign(
  context: Context,
  given: string,
  choice: SignChoice,
): Promise<Outcome> {
  const { env, signal, colours, onProgress, endProgress } = context;
  onProgress({ phase: 'reading the bundle', doneBytes: 0 });
  const bundle = await findBundle(given);
  const report = await signBundle({
    bundle,
    env,
    signal,
    ...keyOf(context, choice),
    onRead: endProgress,
  });
  const { product, version, type, fingerprint, file, already, digest } = report;
  const release = `${product} ${version}`;
  const by = `${type} ${fingerprint}`;
  const text = already
    ? t`${colours.green(t`Already signed`)}: ${release} by ${by}\n${digest}`
    : t`${colours.green(t`Signed`)} ${release} by ${by}\n${digest}\nThe signature is in ${visible(file)}${file === report.bundle ? '' : t`: copy it together with the bundle`}`;
  return { json: report, text };
}

function keyOf(context: Context, { key, sigstoreKey }: SignChoice): SigningKey {
  if (key !== undefined && sigstoreKey === undefined) return { key: resolve(context.cwd, key) };
  if (key !== undefined || sigstoreKey === undefined) {
    const found = key === undefined ? 'neither' : 'both';
    throw usageError(
      'the key',
      'either --key or --sigstore-key',
      found,
      'See `bundle sign --help`.',
    );
  }
  return sigstoreSigner(sigstoreKey, context);
}
