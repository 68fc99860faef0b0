import { collect, defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/bundle-codes.ts';
import { addEngineOptions, engineOptions } from '../../shared/options/engine.ts';
import { addPartOptions, findPartsWith, partOptions } from '../../shared/options/parts.ts';
import { ignoredChecks, ignoreOption } from '../../shared/options/preflight.ts';
import { instanceOptions, startOptions } from '../../shared/options/up.ts';

export const preflightCommand = defineCommand({
  name: 'preflight',
  summary: 'look whether a bundle can be imported and started here',
  description: `Looks whether this host has what a bundle needs, before anything is changed: platform, engine, the compose plugin, room for images and files that are not there yet, ports and names that others have, limits of memory and processors, settings that must have a value. Prints one line for each, and what to do.

bundle import looks at the same first; there, what only the start needs is a warning, unless it is to start (--up).`,
  setUp: (command) =>
    addEngineOptions(
      addPartOptions(command.argument('<bundle>', 'folder, .tar or .parts.json file'))
        .option('--name <name>', 'another name than the product, as for import')
        .option('--state-dir <path>', 'state folder (also: BUNDLE_STATE_DIR), as for import')
        .option('--set <name=value>', 'a setting, repeatable', collect)
        .option('--env-file <file>', 'settings from a file, repeatable', collect)
        .addOption(ignoreOption()),
    ),
  options: engineOptions.extend({
    ...instanceOptions.shape,
    ...partOptions.shape,
    set: startOptions.shape.set,
    envFile: startOptions.shape.envFile,
    ignore: ignoredChecks,
  }),
  examples: [
    ['bundle preflight /media/stick/shop', 'what is in the way, before anything is copied'],
    ['bundle preflight shop.tar --ignore ports', 'the port is freed later'],
  ],
  exitCodes: [
    ...openingCodes,
    'engine-unreachable',
    'engine-too-old',
    'engine-failed',
    'preflight-failed',
  ],
  run: async (context, [bundle = ''], options) => {
    const { carriedCompose } = await import('@bundle/host');
    const { preflight } = await import('@bundle/import');
    const { createComposeTool } = await import('@bundle/engine/compose-cli');
    const { openChosenEngine } = await import('../../shared/engine.ts');
    const { preflightOutcome } = await import('./render.ts');
    const { stateFolder } = await import('../../shared/state-folder.ts');
    const { givenSettings } = await import('../up/run.ts');
    const { env, colours } = context;
    const engine = await openChosenEngine(options, env);
    const folder = stateFolder(options.stateDir, context);
    const { dockerHost } = options;
    const report = await preflight(engine, bundle, folder, {
      find: findPartsWith(options, context),
      composeTool: createComposeTool({ dockerHost, env, carried: () => carriedCompose(folder) }),
      given: await givenSettings(context, options),
      name: options.name,
      ignore: options.ignore,
      warnOnly: [],
    });
    return preflightOutcome(bundle, report, colours);
  },
});
