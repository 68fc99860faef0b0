import { z } from 'zod';
import { defineCommand } from '../../command.ts';

export const explainCommand = defineCommand({
  name: 'explain',
  summary: 'explain an exit code, an error code or a preflight check',
  description:
    'Explains an exit code, an error code of --json or the name of a preflight check: its meaning, the usual causes, and what to do. Without one, lists all of them. Needs no network and no engine.',
  setUp: (command) => command.argument('[code]', 'number or name, such as 87 or release-unhealthy'),
  options: z.object({}),
  examples: [
    ['bundle explain $?', 'the exit code of the previous command'],
    ['bundle explain ports', 'a check of `bundle preflight`'],
    ['bundle explain', 'all codes'],
  ],
  exitCodes: [],
  run: async (context, [code]) => {
    const { runExplain } = await import('./run.ts');
    return runExplain(context, code);
  },
});
