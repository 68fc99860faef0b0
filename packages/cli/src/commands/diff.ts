import { z } from 'zod';
import { openingCodes } from '../bundle-codes.ts';
import { defineCommand } from '../command.ts';

export const diffCommand = defineCommand({
  name: 'diff',
  summary: 'show what is different between two bundles',
  description:
    'Shows which images, layers, files and settings (variables of env.example, keys of the Compose file) were added, removed or changed from one bundle to another, and how many bytes are new. Reads bundle.json and small files only. Takes a bundle.json alone too; settings cannot be compared then.',
  setUp: (command) =>
    command
      .argument('<before>', 'folder, .tar file or bundle.json')
      .argument('<after>', 'folder, .tar file or bundle.json'),
  options: z.object({}),
  examples: [
    ['bundle diff shop-1.0.tar shop-1.1.tar', 'what the new release changes'],
    ['bundle diff kept/bundle.json shop-1.1.tar', 'where the old bundle is gone'],
    ['bundle diff a.tar b.tar --json', 'for scripts'],
  ],
  exitCodes: openingCodes,
  run: async ({ colours }, [before = '', after = '']) => {
    const { openKnownBundle } = await import('@bundle/verify');
    const { diffBundles } = await import('@bundle/verify/diff');
    const { diffText } = await import('../render/diff.ts');
    const diff = await diffBundles(await openKnownBundle(before), await openKnownBundle(after));
    return { json: diff, text: diffText(diff, colours) };
  },
});
