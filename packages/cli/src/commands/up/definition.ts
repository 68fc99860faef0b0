import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { startCodes } from '../../shared/exit-codes.ts';
import { addBringUpOptions, bringUpOptions, parseRelease } from '../../shared/options/start.ts';

export const upCommand = defineCommand({
  name: 'up',
  summary: 'start an imported release, or upgrade to it',
  description: `Starts a release that was imported, waits until its services are healthy and stay so, and points \`current\` at it. If it does not get healthy, its logs are shown and what ran before is started again, by its own images, files and settings.

Without a version it starts what should run: the release that ran last, or the one that was imported. Settings are written into .env of the release and carried over to the next one. Data in volumes does not go back with a release; --backup-volumes copies it first, and puts it back if the release does not get healthy.

A run that was killed is finished, or undone, by the next one.`,
  setUp: (command) =>
    addBringUpOptions(
      command
        .argument('[release]', 'version, or the beginning of its digest')
        .option('--reset', "put the release's images back where a rebuild put others"),
    ),
  options: bringUpOptions.extend({ reset: z.boolean().default(false) }),
  examples: [
    ['bundle up', 'start what was imported'],
    ['bundle up 1.5.0 --probe http://127.0.0.1:8080/', 'upgrade; the page has to answer'],
    ['bundle up --set HTTP_PORT=9090 --yes', 'change a setting, from a script'],
    ['bundle up 2.0.0 --backup-volumes', 'copy the data first'],
  ],
  exitCodes: startCodes,
  run: async (context, [release], options) => {
    const { runUp } = await import('./run.ts');
    return runUp(context, { ...options, action: 'up', release: parseRelease(release) });
  },
});
