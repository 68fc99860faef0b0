import { basename, resolve } from 'node:path';
import type { BundleFormat } from '@bundle/export';
import { nameProblem } from '@bundle/format';
import { usageError } from '../../usage.ts';

/** Decides where the bundle is written and in which form; without --format, the file extension decides. */
export function chooseOutput(
  options: { readonly output?: string | undefined; readonly format?: BundleFormat | undefined },
  product: string,
  cwd: string,
  inParts = false,
): { output: string; format: BundleFormat } {
  const { output } = options;
  if (inParts && (options.format === 'folder' || (output && !output.endsWith('.tar')))) {
    const hint = 'Only a single file can be split: choose an output that ends in .tar.';
    throw usageError('--split', 'a single file', output ?? '--format folder', hint);
  }
  const problem = inParts && output ? nameProblem(basename(output)) : undefined;
  if (problem !== undefined) {
    const hint = 'The list of parts has the name in it, and other hosts read it.';
    throw usageError('--output', 'a name that every host can hold', `${output}: ${problem}`, hint);
  }
  const format = options.format ?? (inParts || output?.endsWith('.tar') ? 'tar' : 'folder');
  const name = output ?? `${product}.bundle${format === 'tar' ? '.tar' : ''}`;
  return { output: resolve(cwd, name), format };
}

/** Parses SOURCE_DATE_EPOCH (reproducible-builds.org): whole seconds since 1970, up to the year 9999. */
export function sourceDateEpoch(env: NodeJS.ProcessEnv): number | undefined {
  const text = env['SOURCE_DATE_EPOCH'];
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,12}$/.test(text) && Number(text) <= 253_402_300_799) return Number(text);
  throw usageError(
    'SOURCE_DATE_EPOCH',
    'whole seconds since 1970',
    text,
    'Unset the variable, or set it to the output of `git log -1 --format=%ct`.',
  );
}
