import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { signatureCodes, verifyingCodes } from '../../shared/exit-codes.ts';
import { addBundleArgument, partOptions, theOnlyBundle } from '../../shared/options/bundle.ts';
import { addTrustOptions, trustOptions } from '../../shared/options/trust.ts';

export const verifyCommand = defineCommand({
  name: 'verify',
  summary: 'check every byte of a bundle',
  description:
    'Reads every byte of a bundle, folder or single file, and compares it with what bundle.json and checksums.sha256 list. Needs no engine, no network and no free disk.\n\nThis proves that the bundle is intact, not who made it. For that, check its signatures with --allowed-signers.',
  setUp: (command) => addTrustOptions(addBundleArgument(command)),
  options: z.object({ ...partOptions.shape, ...trustOptions.shape }),
  examples: [
    ['bundle verify shop.tar', 'after the copy to the stick, and again on the other host'],
    ['bundle verify shop.tar --allowed-signers keys', 'and signed by one of these keys'],
    ['bundle verify shop.bundle --json', 'for scripts'],
  ],
  exitCodes: [...verifyingCodes, ...signatureCodes],
  run: async (context, [bundle = theOnlyBundle], options) => {
    const { runVerify } = await import('./run.ts');
    return runVerify(context, bundle, options);
  },
});
