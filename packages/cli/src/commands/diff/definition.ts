import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/bundle-codes.ts';
import { addPartOptions, findPartsWith, partOptions } from '../../shared/options/parts.ts';

export const diffCommand = defineCommand({
  name: 'diff',
  summary: 'show what is different between two bundles',
  description:
    'Shows which images, layers, files and settings (variables of env.example, keys of the Compose file) were added, removed or changed from one bundle to another, and how many bytes are new. Reads bundle.json and small files only. Takes a bundle.json alone too; settings cannot be compared then.',
  setUp: (command) =>
    addPartOptions(
      command
        .argument('<before>', 'folder, .tar or .parts.json file, or bundle.json')
        .argument('<after>', 'the same'),
    ),
  options: partOptions,
  examples: [
    ['bundle diff shop-1.0.tar shop-1.1.tar', 'what the new release changes'],
    ['bundle diff kept/bundle.json shop-1.1.tar', 'where the old bundle is gone'],
    ['bundle diff a.tar b.tar --json', 'for scripts'],
  ],
  exitCodes: openingCodes,
  run: async (context, [before = '', after = ''], options) => {
    const { openKnownBundle } = await import('@bundle/verify');
    const { diffBundles } = await import('@bundle/verify/diff');
    const { diffText } = await import('./render.ts');
    const find = findPartsWith(options, context);
    const old = await openKnownBundle(before, find);
    const diff = await diffBundles(old, await openKnownBundle(after, find));
    return { json: diff, text: diffText(diff, context.colours) };
  },
});
