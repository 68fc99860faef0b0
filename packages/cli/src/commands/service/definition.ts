import { Argument } from 'commander';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { addOperateOptions, operateOptions } from '../../shared/options/host.ts';

const actions = z.enum(['install', 'uninstall', 'status']);

export type ServiceAction = z.output<typeof actions>;

const options = operateOptions.extend({
  user: z.boolean().default(false),
  engineUnit: z
    .string()
    .regex(/^[A-Za-z0-9:_.@-]+\.(service|socket|target)$/, 'expected a unit such as docker.service')
    .optional(),
  print: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

export type ServiceChoice = z.output<typeof options>;

export const serviceCommand = defineCommand({
  name: 'service',
  summary: 'start an application at boot, with a systemd unit',
  description: `install writes and enables a systemd unit. After each start of the host it runs \`bundle up\`: this starts applications without restart policies, and finishes what the shutdown interrupted. As root it is a system unit; otherwise, or with --user, a user unit. The unit runs the command of the current release, so it works without the stick, and each upgrade brings its own. The unit is shown before it is written. A second install changes nothing.

status says whether the unit is installed and enabled. uninstall removes the unit; running services keep running. \`bundle uninstall\` removes it too.`,
  setUp: (command) =>
    addOperateOptions(
      command
        .addArgument(new Argument('<action>', 'what to do').choices(actions.options))
        .option('--user', 'install a user unit, even as root')
        .option(
          '--engine-unit <unit>',
          'unit to start after (default: docker.service or podman.socket for an engine at its usual socket)',
        )
        .option('--print', 'print the unit on stdout; change nothing')
        .option('-y, --yes', 'do not ask')
        .option('--dry-run', 'show what would be done; change nothing'),
    ),
  options,
  examples: [
    ['bundle service install', 'the only application of this host'],
    ['bundle service install --name shop-test --print', 'print the unit of one instance'],
    ['bundle service status', 'installed or not, enabled or not'],
  ],
  exitCodes: [
    'engine-unreachable',
    'state-unwritable',
    'input-unreadable',
    'manifest-invalid',
    'schema-newer',
    'release-not-found',
    'service-unavailable',
    'unit-foreign',
  ],
  phase: 'asking systemd',
  run: async (context, [action], chosen) => {
    const { runService } = await import('./run.ts');
    return runService(context, actions.parse(action), chosen);
  },
});
