import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addPartOptions, partOptions } from '../../shared/options/bundle.ts';

const options = partOptions.extend({ packages: z.boolean().default(false) });

export type DiffChoice = z.output<typeof options>;

export const diffCommand = defineCommand({
  name: 'diff',
  summary: 'compare two bundles',
  description:
    'Shows which images, layers, files and settings (variables of env.example, keys of the Compose file) were added, removed or changed from one bundle to another, and how many bytes are new. Reads bundle.json and small files only. Also takes a bundle.json alone, without a comparison of the settings. Where both bundles carry a list of packages, also which packages inside the images were added, removed or updated. With --packages, the layers of the images that changed are read for that.',
  setUp: (command) =>
    addPartOptions(
      command
        .argument('<before>', 'folder, .tar or .parts.json file, or bundle.json')
        .argument('<after>', 'the same'),
    ).option(
      '--packages',
      'compare the packages inside the images, also without a list in the bundles',
    ),
  options,
  examples: [
    ['bundle diff shop-1.0.tar shop-1.1.tar', 'changes of the new release'],
    ['bundle diff kept/bundle.json shop-1.1.tar', 'with bundle.json of a deleted bundle'],
    ['bundle diff shop-1.0.tar shop-1.1.tar --packages', 'also what the images have inside'],
    ['bundle diff a.tar b.tar --json', 'for scripts'],
  ],
  exitCodes: [...openingCodes, 'digest-mismatch'],
  phase: 'reading the bundle',
  run: async (context, [before = '', after = ''], options) => {
    const { runDiff } = await import('./run.ts');
    return runDiff(context, before, after, options);
  },
});
