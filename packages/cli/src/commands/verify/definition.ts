import { defineCommand } from '../../command.ts';
import { verifyingCodes } from '../../shared/bundle-codes.ts';
import { addPartOptions, findPartsWith, partOptions } from '../../shared/options/parts.ts';

export const verifyCommand = defineCommand({
  name: 'verify',
  summary: 'check every byte of a bundle',
  description:
    'Reads every byte of a bundle, folder or single file, and compares it with what bundle.json and checksums.sha256 list. Needs no engine, no network and no free disk.',
  setUp: (command) =>
    addPartOptions(command.argument('<bundle>', 'folder, .tar or .parts.json file')),
  options: partOptions,
  examples: [
    ['bundle verify shop.tar', 'after the copy to the stick, and again on the other host'],
    ['bundle verify shop.bundle --json', 'for scripts'],
  ],
  exitCodes: verifyingCodes,
  run: async (context, [bundle = ''], options) => {
    const { onProgress, signal, colours, stderrColours } = context;
    const { verifyBundle } = await import('@bundle/verify');
    const { verifyOutcome } = await import('./render.ts');
    const started = performance.now();
    onProgress({ phase: 'verifying', doneBytes: 0 });
    const report = await verifyBundle(bundle, {
      onProgress,
      signal,
      find: findPartsWith(options, context),
    });
    const seconds = (performance.now() - started) / 1000;
    return verifyOutcome(bundle, report, seconds, colours, stderrColours);
  },
});
