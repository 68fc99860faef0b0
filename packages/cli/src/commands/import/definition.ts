import { isSea } from 'node:sea';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { verifyingCodes } from '../../shared/bundle-codes.ts';
import { addEngineOptions, engineOptions } from '../../shared/options/engine.ts';
import { addPartOptions, findPartsWith, partOptions } from '../../shared/options/parts.ts';
import { ignoredChecks, ignoreOption } from '../../shared/options/preflight.ts';
import {
  addStartOptions,
  instanceOptions,
  startCodes,
  startOptions,
} from '../../shared/options/up.ts';

export const importCommand = defineCommand({
  name: 'import',
  summary: 'load a bundle into the engine of this host',
  description: `Looks at the host first (as bundle preflight does), verifies a bundle, loads the images that the engine lacks, checks what arrived, puts the release's files into the state folder and says how to start the application. Needs no network. With --up it starts it too, and goes back by itself to what ran before if it does not get healthy: \`bundle up\` does the same later.

On a terminal it asks before the engine is changed; --yes, --json and a run without a terminal never ask.`,
  setUp: (command) =>
    addEngineOptions(
      addStartOptions(
        addPartOptions(command.argument('<bundle>', 'folder, .tar or .parts.json file'))
          .option('--up', 'start the release, or upgrade to it; the options below are for this')
          .option(
            '--name <name>',
            'another name than the product: a second instance beside the first',
          )
          .option(
            '--state-dir <path>',
            'state folder (also: BUNDLE_STATE_DIR; default: /var/lib/bundle as root, else $XDG_STATE_HOME/bundle)',
          )
          .option('-y, --yes', 'do not ask')
          .addOption(ignoreOption())
          .option('--dry-run', 'verify and show what would be loaded; change nothing'),
      ),
    ),
  options: engineOptions
    .extend(instanceOptions.shape)
    .extend(startOptions.shape)
    .extend(partOptions.shape)
    .extend({
      up: z.boolean().default(false),
      ignore: ignoredChecks,
      dryRun: z.boolean().default(false),
    }),
  examples: [
    ['bundle import /media/stick/shop.tar', 'verify, ask, load'],
    ['bundle import shop.tar --yes --state-dir /srv/bundle', 'from a script'],
    ['bundle import shop.tar --up --probe http://127.0.0.1/', 'from the stick to a page'],
    ['bundle import shop.tar --up --name shop-test --set HTTP_PORT=8081', 'a second instance'],
    ['bundle import shop.tar --dry-run', 'what would be loaded here'],
  ],
  exitCodes: [
    ...new Set([...verifyingCodes, ...startCodes]),
    'platform-mismatch',
    'load-mismatch',
    'preflight-failed',
    'base-missing',
  ],
  run: async (context, [bundle = ''], options) => {
    const { carriedCompose } = await import('@bundle/host');
    const { importBundle, startChecks } = await import('@bundle/import');
    const { openChosenEngine } = await import('../../shared/engine.ts');
    const { importedText, importQuestion, importText } = await import('./render.ts');
    const { stateFolder } = await import('../../shared/state-folder.ts');
    const { ownCommand } = await import('../../shared/own-command.ts');
    const { onProgress, signal, ask, say, colours, stderrColours, env } = context;
    onProgress({ phase: 'verifying', doneBytes: 0 });
    let answers: Readonly<Record<string, string>> = {};
    const stateDir = stateFolder(options.stateDir, context);
    const report = await importBundle(await openChosenEngine(options, env), {
      bundle,
      find: findPartsWith(options, context),
      stateDir,
      ...(isSea() ? { executable: process.execPath } : {}),
      ...(options.name === undefined ? {} : { name: options.name }),
      up: options.up,
      dryRun: options.dryRun,
      // Loaded only when there is something to do: an import again ends in a tenth of a second.
      preflight: async () => {
        const { checksText } = await import('../preflight/render.ts');
        const { createComposeTool } = await import('@bundle/engine/compose-cli');
        const { givenSettings } = await import('../up/run.ts');
        return {
          composeTool: createComposeTool({
            dockerHost: options.dockerHost,
            env,
            carried: () => carriedCompose(stateDir),
          }),
          given: await givenSettings(context, options),
          name: options.name,
          ignore: options.ignore,
          warnOnly: options.up ? ['settings'] : startChecks,
          onChecks: (checks) => {
            const notPassed = checks.filter(
              // A start asks for settings itself.
              ({ name, result }) => result !== 'pass' && !(options.up && name === 'settings'),
            );
            if (notPassed.length > 0) say(checksText(notPassed, stderrColours));
          },
        };
      },
      onProgress,
      signal,
      ...(ask === undefined ? {} : { confirm: (preview) => ask(importQuestion(preview)) }),
      onIncoming: async (release) => {
        if (!options.up) return;
        const { askForSettings } = await import('../up/run.ts');
        answers = await askForSettings(context, options, release);
      },
    });
    const isStaged = report.outcome === 'imported' || report.outcome === 'already imported';
    const folder = report.switched ? report.currentLink : report.releaseDir;
    const command = ownCommand(isStaged ? folder : undefined, options.stateDir);
    const text = importText(bundle, report, command, colours);
    const outcome = { json: { ...report, bundle }, text };
    if (!options.up || !isStaged) return outcome;
    const { runUp } = await import('../up/run.ts');
    const set = { ...options.set, ...answers };
    const { name, release } = report;
    const choice = { ...options, set, name, release } as const;
    const started = await runUp(context, { ...choice, action: 'up', agreed: true });
    return {
      ...started,
      json: { ...outcome.json, up: started.json },
      text: `${importedText(report, colours)}\n${started.text}`,
    };
  },
});
