import { z } from 'zod';
import { defineCommand } from '../../command.ts';

export const configCommand = defineCommand({
  name: 'config',
  summary: 'show the configuration and where each value comes from',
  description: `Shows the configuration and where each value comes from. The command line comes before the environment, the environment before ~/.config/bundle/config.yaml, and that before /etc/bundle/config.yaml. A bundle spec comes before both files. A value of a file that does not go together with an option on the command line does not count, such as \`docker-host\` beside --from.

A key of such a file is the long name of an option, such as \`state-dir: /srv/bundle\` or \`color: false\`. It holds for every command with that option, or for one command in its section, such as \`export: {split: dvd}\`. Permissions, trust and answers cannot be configured. A file of the current folder is never read.`,
  setUp: (command) => command,
  options: z.object({}),
  examples: [
    ['bundle config', 'all keys with their values'],
    ['bundle config --json', 'for a script'],
  ],
  exitCodes: [],
  run: async (context) => {
    const { runConfig } = await import('./run.ts');
    return runConfig(context);
  },
});
