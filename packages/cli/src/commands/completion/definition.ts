import { Argument } from 'commander';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';

const shells = z.enum(['bash', 'zsh', 'fish']);

export const completionCommand = defineCommand({
  name: 'completion',
  summary: 'print a script that completes command lines in bash, zsh or fish',
  description:
    'Prints a script for a shell. With it, Tab completes commands, options and their values, and the applications, releases, services and bundles of this host.',
  setUp: (command) =>
    command.addArgument(new Argument('<shell>', 'shell to complete in').choices(shells.options)),
  options: z.object({}),
  examples: [
    ['source <(bundle completion bash)', 'for this shell'],
    [
      'bundle completion bash >~/.local/share/bash-completion/completions/bundle',
      'for all later ones',
    ],
    ['bundle completion zsh >~/.zsh/completions/_bundle', 'in a folder of $fpath'],
    ['bundle completion fish >~/.config/fish/completions/bundle.fish', 'for fish'],
  ],
  exitCodes: [],
  run: async (_, [shell]) => {
    const { runCompletion } = await import('./run.ts');
    return runCompletion(shells.parse(shell));
  },
});
