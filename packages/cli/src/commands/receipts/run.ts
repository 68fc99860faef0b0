import { resolve } from 'node:path';
import { orderOf } from '@bundle/format';
import { compareHosts, type KnownRelease, openKnownBundle, readReceipts } from '@bundle/verify';
import type { Context, Outcome } from '../../outcome.ts';
import { findKnownBundle } from '../../shared/find-bundle.ts';
import { chosenPolicy } from '../../shared/signature-policy.ts';
import type { ReceiptsChoice } from './definition.ts';
import { receiptsText } from './render.ts';

/** `bundle receipts`: compares the hosts by what they say of themselves. */
export async function runReceipts(
  context: Context,
  paths: readonly string[],
  options: ReceiptsChoice,
): Promise<Outcome> {
  const { cwd, colours } = context;
  const policy = await chosenPolicy(options, cwd);
  const bundles = await Promise.all(options.bundle.map((path) => knownRelease(resolve(cwd, path))));
  const { receipts, refused } = await readReceipts(
    paths.map((path) => resolve(cwd, path)),
    policy,
  );
  const hosts = compareHosts(receipts, bundles);
  const json = {
    hosts,
    refused: refused.map(({ file, error }) => ({ file, code: error.code, message: error.message })),
  };
  const [first] = refused;
  return {
    json,
    text: receiptsText(hosts, refused, colours),
    ...(first === undefined ? {} : { error: first.error }),
  };
}

async function knownRelease(path: string): Promise<KnownRelease> {
  const { manifest, digest } = await openKnownBundle(await findKnownBundle(path));
  const { product, version } = manifest;
  return { product, version, ...orderOf(manifest), digest };
}
