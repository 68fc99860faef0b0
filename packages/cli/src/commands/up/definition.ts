import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { startCodes } from '../../shared/exit-codes.ts';
import { addBringUpOptions, bringUpOptions, parseRelease } from '../../shared/options/start.ts';

export const upCommand = defineCommand({
  name: 'up',
  summary: 'start an imported release, or upgrade to it',
  description: `Starts an imported release, waits until its services are healthy and stay healthy, and points \`current\` at it. If it does not become healthy, it shows the logs and starts the previous release again, with its own images, files and settings.

Without a version it starts the release that ran last, or the only imported one. Settings are written into .env of the release and carried over to the next one. Data in volumes is not rolled back with a release; --backup-volumes copies it first, and restores it if the release does not become healthy.

The next run finishes, or undoes, a run that was killed.`,
  setUp: (command) =>
    addBringUpOptions(
      command
        .argument('[release]', 'version, or the beginning of its digest')
        .option('--reset', "restore the release's own images after a rebuild"),
    ),
  options: bringUpOptions.extend({ reset: z.boolean().default(false) }),
  examples: [
    ['bundle up', 'start the imported release'],
    ['bundle up 1.5.0 --probe http://127.0.0.1:8080/', 'upgrade; the page must answer'],
    ['bundle up --set HTTP_PORT=9090 --yes', 'change a setting, from a script'],
    ['bundle up 2.0.0 --backup-volumes', 'copy the data first'],
  ],
  exitCodes: startCodes,
  run: async (context, [release], options) => {
    const { runUp } = await import('./run.ts');
    return runUp(context, { ...options, action: 'up', release: parseRelease(release) });
  },
});
