import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { ioError } from '@bundle/files';
import { detachedSignaturePath } from '@bundle/format';
import { takeReceipt } from '@bundle/host';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import { count } from '../../shared/render/words.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';
import { writeWhole } from '../../shared/write-whole.ts';
import type { ReceiptChoice } from './definition.ts';

/** `bundle receipt`: writes what this host has and runs, and signs it when asked to. */
export async function runReceipt(context: Context, options: ReceiptChoice): Promise<Outcome> {
  const { cwd, colours } = context;
  const stateDir = stateFolder(options.stateDir, context);
  const receipt = await takeReceipt(stateDir, options.host ?? hostname(), new Date());
  const text = `${JSON.stringify(receipt, undefined, 1)}\n`;
  const output = resolve(cwd, options.output);
  const signature = detachedSignaturePath(output);
  const signed = options.sign && (await sign(context, Buffer.from(text), options.sign));
  // One of an earlier receipt would be wrong for this one.
  await rm(signature, { force: true }).catch((error: unknown) => {
    throw ioError(error, 'replacing', signature, 'output-unwritable');
  });
  await writeWhole('the receipt', output, text);
  if (signed) await writeWhole('the signature', signature, signed.text);
  const by = signed
    ? `, signed by ${signed.type} ${signed.fingerprint} in ${visible(signature)}`
    : '';
  return {
    json: { output, ...(signed ? { signature, fingerprint: signed.fingerprint } : {}), receipt },
    text: `${colours.green(t`Wrote`)} ${visible(output)}: ${count(receipt.releases.length, 'release')} of ${visible(receipt.host)}${by}`,
  };
}

async function sign(context: Context, bytes: Buffer, key: string) {
  const { signReceipt } = await import('@bundle/sign');
  context.endProgress();
  return signReceipt(bytes, resolve(context.cwd, key), context);
}
