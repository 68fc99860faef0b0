import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { addOperateOptions, operateOptions } from '../../shared/options/host.ts';

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
  summary: 'start an application with the host, by a systemd unit',
  description: `install writes a systemd unit that runs \`bundle up\` of the application after the host was started, and turns it on: for Compose files without restart policies, and for what was interrupted when the host went down. As root it is a unit of the system, else (or with --user) one of the user. It names the command that the current release carries, so the stick may be gone and an upgrade is started by its own. The unit is shown before it is written; the same again changes nothing.

status says whether it is there and on. uninstall removes it, as \`bundle uninstall\` of the application does; what runs goes on.`,
  setUp: (command) =>
    addOperateOptions(
      command
        .argument('<action>', 'install, uninstall or status')
        .option('--user', 'a unit of this user, also as root')
        .option(
          '--engine-unit <unit>',
          'unit that starts before (default: docker.service where the engine is at its usual socket)',
        )
        .option('--print', 'print the unit on stdout; change nothing')
        .option('-y, --yes', 'do not ask')
        .option('--dry-run', 'show what would be done; change nothing'),
    ),
  options,
  examples: [
    ['bundle service install', 'the only application of this host'],
    ['bundle service install --name shop-test --print', 'what the unit of one instance would be'],
    ['bundle service status', 'whether it is there and on'],
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
  run: async (context, [action = ''], chosen) => {
    const { runService } = await import('./run.ts');
    return runService(context, action, chosen);
  },
});
