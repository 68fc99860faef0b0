import { z } from 'zod';
import { defineCommand } from '../../command.ts';

export const repairCommand = defineCommand({
  name: 'repair',
  summary: 'fetch damaged parts of a split bundle again',
  description:
    'Checks every part of a bundle that was split, and fetches those that are missing, damaged or mixed up again from the original; the others are not touched. The original is the list or folder of its parts, or the single file before it was split.',
  setUp: (command) =>
    command
      .argument('<list>', 'the .parts.json file of the copy')
      .requiredOption('--from <path>', 'the original: .parts.json, folder or .tar file'),
  options: z.object({ from: z.string().min(1, 'expected a path') }),
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
  run: async ({ onProgress, signal, colours }, [list = ''], { from }) => {
    const { repairParts } = await import('@bundle/verify/repair');
    const { count } = await import('../../shared/render/words.ts');
    const { visible } = await import('../../shared/terminal/escape.ts');
    onProgress({ phase: 'checking parts', doneBytes: 0 });
    const report = await repairParts({ list, from, onProgress, signal });
    const { checked, repaired } = report;
    const lines = repaired.map(({ name, why }) => `  ${visible(name)}  ${visible(why)}`);
    const text =
      repaired.length === 0
        ? `${colours.green('OK')} ${visible(list)}: ${count(checked, 'part')}, none to repair`
        : `${colours.green('Repaired')} ${count(repaired.length, 'part')} of ${checked}\n${lines.join('\n')}`;
    return { json: report, text };
  },
});
