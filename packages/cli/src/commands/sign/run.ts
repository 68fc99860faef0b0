import { resolve } from 'node:path';
import { signBundle } from '@bundle/sign';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { visible } from '../../shared/terminal/escape.ts';
import type { SignChoice } from './definition.ts';

/** Runs `bundle sign`: adds a signature to a bundle. */
export async function runSign(
  { cwd, env, signal, colours }: Context,
  given: string,
  { key }: SignChoice,
): Promise<Outcome> {
  const bundle = await findBundle(given);
  const report = await signBundle({ bundle, key: resolve(cwd, key), env, signal });
  const { product, version, type, fingerprint, file, already, digest } = report;
  const release = `${product} ${version}`;
  const by = `${type} ${fingerprint}`;
  const text = already
    ? `${colours.green('Already signed')}: ${release} by ${by}\n${digest}`
    : `${colours.green('Signed')} ${release} by ${by}\n${digest}\nThe signature is in ${visible(file)}${file === report.bundle ? '' : ': copy it together with the bundle'}`;
  return { json: report, text };
}
