import { z } from 'zod';
import { verifyingCodes } from '../bundle-codes.ts';
import { defineCommand } from '../command.ts';
import { addEngineOptions, engineOptions } from '../engine-options.ts';
import { ignoredChecks, ignoreOption } from '../preflight-options.ts';

export const importCommand = defineCommand({
  name: 'import',
  summary: 'load a bundle into the engine of this host',
  description: `Looks at the host first (as bundle preflight does), verifies a bundle, loads the images that the engine lacks, checks what arrived, puts the release's files into the state folder and says how to start the application. Needs no network.

On a terminal it asks before the engine is changed; --yes, --json and a run without a terminal never ask.`,
  setUp: (command) =>
    addEngineOptions(
      command
        .argument('<bundle>', 'folder or .tar file')
        .option(
          '--state-dir <path>',
          'state folder (also: BUNDLE_STATE_DIR; default: /var/lib/bundle as root, else $XDG_STATE_HOME/bundle)',
        )
        .option('-y, --yes', 'do not ask')
        .addOption(ignoreOption())
        .option('--dry-run', 'verify and show what would be loaded; change nothing'),
    ),
  options: engineOptions.extend({
    stateDir: z.string().min(1, 'expected a path').optional(),
    ignore: ignoredChecks,
    dryRun: z.boolean().default(false),
  }),
  examples: [
    ['bundle import /media/stick/shop.tar', 'verify, ask, load'],
    ['bundle import shop.tar --yes --state-dir /srv/bundle', 'from a script'],
    ['bundle import shop.tar --dry-run', 'what would be loaded here'],
  ],
  exitCodes: [
    ...verifyingCodes,
    'engine-unreachable',
    'engine-too-old',
    'engine-failed',
    'no-space',
    'state-unwritable',
    'busy',
    'platform-mismatch',
    'load-mismatch',
    'preflight-failed',
  ],
  run: async (context, [bundle = ''], options) => {
    const { importBundle } = await import('@bundle/import');
    const { openChosenEngine } = await import('../engine.ts');
    const { importQuestion, importText } = await import('../render/import.ts');
    const { stateFolder } = await import('../state-folder.ts');
    const { checksText } = await import('../render/preflight.ts');
    const { createComposeTool } = await import('@bundle/engine/compose-cli');
    const { onProgress, signal, ask, say, colours, stderrColours, env } = context;
    onProgress({ phase: 'verifying', doneBytes: 0 });
    const report = await importBundle(await openChosenEngine(options, env), {
      bundle,
      stateDir: stateFolder(options.stateDir, context),
      dryRun: options.dryRun,
      preflight: {
        composeTool: createComposeTool({ dockerHost: options.dockerHost, env }),
        env,
        ignore: options.ignore,
        loadOnly: true,
        onChecks: (checks) => {
          const notPassed = checks.filter(({ result }) => result !== 'pass');
          if (notPassed.length > 0) say(checksText(notPassed, stderrColours));
        },
      },
      onProgress,
      signal,
      ...(ask === undefined ? {} : { confirm: (preview) => ask(importQuestion(preview)) }),
    });
    return { json: { ...report, bundle }, text: importText(bundle, report, colours) };
  },
});
