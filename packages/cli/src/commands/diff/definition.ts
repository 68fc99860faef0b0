import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addPartOptions, partOptions } from '../../shared/options/bundle.ts';

export const diffCommand = defineCommand({
  name: 'diff',
  summary: 'compare two bundles',
  description:
    'Shows which images, layers, files and settings (variables of env.example, keys of the Compose file) were added, removed or changed from one bundle to another, and how many bytes are new. Reads bundle.json and small files only. Also takes a bundle.json alone, without a comparison of the settings.',
  setUp: (command) =>
    addPartOptions(
      command
        .argument('<before>', 'folder, .tar or .parts.json file, or bundle.json')
        .argument('<after>', 'the same'),
    ),
  options: partOptions,
  examples: [
    ['bundle diff shop-1.0.tar shop-1.1.tar', 'changes of the new release'],
    ['bundle diff kept/bundle.json shop-1.1.tar', 'with bundle.json of a deleted bundle'],
    ['bundle diff a.tar b.tar --json', 'for scripts'],
  ],
  exitCodes: openingCodes,
  run: async (context, [before = '', after = ''], options) => {
    const { runDiff } = await import('./run.ts');
    return runDiff(context, before, after, options);
  },
});
