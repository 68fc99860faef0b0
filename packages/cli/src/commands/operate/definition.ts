import type { ErrorCode } from '@bundle/format';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { addEngineOptions, engineOptions } from '../../shared/options/engine.ts';
import { addInstanceOptions, instanceOptions } from '../../shared/options/up.ts';

// The commands of day two: each looks at, or removes, what `import` and `up` made.

const codes: readonly ErrorCode[] = [
  'engine-unreachable',
  'engine-too-old',
  'engine-failed',
  'compose-plugin-missing',
  'state-unwritable',
  'input-unreadable',
  'manifest-invalid',
  'schema-newer',
  'release-not-found',
];
const options = engineOptions.extend(instanceOptions.shape);

export const statusCommand = defineCommand({
  name: 'status',
  summary: 'what runs, how it is, and what was changed by hand',
  description: `Shows for each application on this host the release that runs, since when, the health of its services, and what somebody changed by hand since: images, settings, files, containers. Changes nothing. Ends with 91 when services that should run do not, and with 30 when no engine answers.`,
  setUp: (command) => addEngineOptions(addInstanceOptions(command)),
  options,
  examples: [
    ['bundle status', 'all applications of this host'],
    ['bundle status --name shop --json', 'one of them, for a script'],
  ],
  exitCodes: [...codes, 'compose-invalid', 'services-down'],
  run: async (context, _, chosen) => {
    const { runStatus } = await import('./run.ts');
    return runStatus(context, chosen);
  },
});

export const releasesCommand = defineCommand({
  name: 'releases',
  summary: 'the releases on this host, and when they ran',
  description:
    'Lists the releases of an application that are on this host: when they were imported and last started, whether volumes were copied before, which one runs. Needs no engine.',
  setUp: (command) => addInstanceOptions(command),
  options: instanceOptions,
  examples: [
    ['bundle releases', 'what `bundle up VERSION` and `bundle rollback VERSION` can go to'],
    ['bundle releases --json', 'for a script'],
  ],
  exitCodes: ['input-unreadable', 'manifest-invalid', 'schema-newer', 'release-not-found'],
  run: async (context, _, chosen) => {
    const { runReleases } = await import('./run.ts');
    return runReleases(context, chosen);
  },
});

export const pruneCommand = defineCommand({
  name: 'prune',
  summary: 'remove old releases and their images',
  description: `Removes releases from this host, with the images that no other release here has, and the copies of volumes that belong to them. The newest ones stay, and always the one that runs.`,
  setUp: (command) =>
    addEngineOptions(
      addInstanceOptions(
        command
          .option('--keep <number>', 'releases to keep (default: 3)')
          .option('-y, --yes', 'do not ask')
          .option('--dry-run', 'show what would be removed; change nothing'),
      ),
    ),
  options: options.extend({
    keep: z.coerce.number('expected a number').int().min(1, 'expected 1 or more').default(3),
    dryRun: z.boolean().default(false),
  }),
  examples: [
    ['bundle prune --dry-run', 'what would go'],
    ['bundle prune --keep 2 --yes', 'from a script'],
  ],
  exitCodes: [...codes, 'busy'],
  run: async (context, _, chosen) => {
    const { runRemove } = await import('./run.ts');
    return runRemove(context, { ...chosen, what: 'releases' });
  },
});

export const uninstallCommand = defineCommand({
  name: 'uninstall',
  summary: 'remove an application from this host; its data stays',
  description: `Removes the containers, networks, images and files of an application, its settings included. Its named volumes and their copies stay, unless --volumes says otherwise.`,
  setUp: (command) =>
    addEngineOptions(
      addInstanceOptions(
        command
          .option('--volumes', 'remove its volumes too, with all data')
          .option('-y, --yes', 'do not ask')
          .option('--dry-run', 'show what would be removed; change nothing'),
      ),
    ),
  options: options.extend({
    volumes: z.boolean().default(false),
    dryRun: z.boolean().default(false),
  }),
  examples: [
    ['bundle uninstall --name shop', 'everything but the data'],
    ['bundle uninstall --volumes --yes', 'the data too, from a script'],
  ],
  exitCodes: [...codes, 'busy'],
  run: async (context, _, chosen) => {
    const { runRemove } = await import('./run.ts');
    return runRemove(context, { ...chosen, what: 'instance' });
  },
});

export const logsCommand = defineCommand({
  name: 'logs',
  summary: 'what the services wrote',
  description:
    'Shows what the services of an application wrote, all of them or those that are named. With --follow they come as they are written, until Ctrl-C; with --json then one document a line.',
  setUp: (command) =>
    addEngineOptions(
      addInstanceOptions(
        command
          .argument('[service...]', 'services of the Compose file')
          .option('--tail <lines>', 'only the last lines of each container')
          .option('--since <time>', 'only what is newer: 10m, or a moment as in RFC 3339')
          .option('-f, --follow', 'go on with new lines as they come'),
      ),
    ),
  options: options.extend({
    tail: z.coerce.number('expected a number').int().min(0).optional(),
    since: z
      .string()
      .regex(/^[\w.:+-]+$/, 'expected a duration or a moment')
      .optional(),
    follow: z.boolean().default(false),
  }),
  examples: [
    ['bundle logs --tail 50', 'the last lines of every service'],
    ['bundle logs backend --follow', 'one service, as it goes on'],
  ],
  exitCodes: codes,
  run: async (context, services, chosen) => {
    const { runLogs } = await import('./run.ts');
    return runLogs(context, services, chosen);
  },
});
