import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { pathOption } from '../../shared/options/values.ts';

export const repairCommand = defineCommand({
  name: 'repair',
  summary: 'fetch damaged parts of a split bundle again',
  description:
    'Checks every part of a split bundle, and copies missing, damaged and mixed-up parts again from the original. It leaves the others alone. The original is the list or folder of its parts, or the single file before it was split.',
  setUp: (command) =>
    command
      .argument('<list>', 'the .parts.json file of the copy')
      .requiredOption('--from <path>', 'the original: .parts.json, folder or .tar file'),
  options: z.object({ from: pathOption }),
  examples: [
    ['bundle repair /media/stick/shop.tar.parts.json --from ~/shop.tar.parts.json', 'after a copy'],
  ],
  exitCodes: [
    'bundle-not-found',
    'input-unreadable',
    'part-missing',
    'part-damaged',
    'part-list-invalid',
    'size-mismatch',
    'output-unwritable',
    'no-space',
  ],
  run: async (context, [list = ''], { from }) => {
    const { runRepair } = await import('./run.ts');
    return runRepair(context, list, from);
  },
});
