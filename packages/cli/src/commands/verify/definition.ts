import { defineCommand } from '../../command.ts';
import { verifyingCodes } from '../../shared/exit-codes.ts';
import { addBundleArgument, partOptions } from '../../shared/options/bundle.ts';

export const verifyCommand = defineCommand({
  name: 'verify',
  summary: 'check every byte of a bundle',
  description:
    'Reads every byte of a bundle, folder or single file, and compares it with what bundle.json and checksums.sha256 list. Needs no engine, no network and no free disk.',
  setUp: addBundleArgument,
  options: partOptions,
  examples: [
    ['bundle verify shop.tar', 'after the copy to the stick, and again on the other host'],
    ['bundle verify shop.bundle --json', 'for scripts'],
  ],
  exitCodes: verifyingCodes,
  run: async (context, [bundle = ''], options) => {
    const { runVerify } = await import('./run.ts');
    return runVerify(context, bundle, options);
  },
});
