import { dirname } from 'node:path';
import { createBuildTool } from '@bundle/engine/build-cli';
import { startServices } from '@bundle/operate';
import {
  chooseRecipes,
  type RebuiltImage,
  type Release,
  readRelease,
  rebuildImages,
  sourceFolder,
} from '@bundle/rebuild';
import type { Context, Outcome } from '../../outcome.ts';
import { openChosenEngine } from '../../shared/engine.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { stateFolder } from '../../shared/folders.ts';
import { visibleLines } from '../../shared/terminal/escape.ts';
import { openTools } from '../../shared/tools.ts';
import { usageError } from '../../usage.ts';
import type { RebuildChoice } from './definition.ts';
import { rebuildText, stepText, undoLines } from './render.ts';

/** `bundle rebuild`: builds again what was chosen, and starts it when asked to. */
export async function runRebuild(
  context: Context,
  named: readonly string[],
  options: RebuildChoice,
): Promise<Outcome> {
  const { env, cwd, say, signal, onProgress, stderrColours, colours } = context;
  const release = await readRelease(stateFolder(options.stateDir, context), options.product);
  const services = await chooseServices(context, release, named, options.all);
  const source = await sourceFolder(
    options.source,
    cwd,
    chooseRecipes(release, services),
    release.source,
  );
  const engine = await openChosenEngine(options, env);
  const tool = createBuildTool({ dockerHost: options.dockerHost, env });
  const rebuilt = await rebuildImages(engine, tool, release, {
    services,
    source,
    buildArgs: options.buildArg,
    ...(options.tag === undefined ? {} : { tag: options.tag }),
    ...(options.bundle === undefined ? {} : { bundle: options.bundle }),
    find: findPartsWith(options, context),
    allowRerun: options.allowRerun,
    keepModes: options.keepModes,
    now: new Date(),
    onStep: (of, step) => {
      const line = stepText(of, step, stderrColours);
      if (line !== undefined) say(line);
    },
    onProgress,
    signal,
  });
  if (options.up) await start(context, release, rebuilt, options);
  const { product, version } = release.manifest;
  const json = { product, version, source, started: options.up, images: rebuilt };
  return { json, text: rebuildText(rebuilt, release, options.up, colours) };
}

/** The services that were named, all of them, or what is chosen on the terminal. */
async function chooseServices(
  { choose }: Context,
  { recipes }: Release,
  named: readonly string[],
  all: boolean,
): Promise<readonly string[]> {
  if (named.length > 0 || all || recipes.length === 1) return named;
  const names = recipes.map(({ services }) => services.join(', '));
  if (choose === undefined)
    throw usageError(
      'the command line of rebuild',
      'services, or --all',
      `none of ${names.join(', ')}`,
    );
  const index = await choose('Which image?', [...names, 'all']);
  return recipes[index]?.services.slice(0, 1) ?? [];
}

/** Only the services of the images that were built are started again; the others go on as they are. */
async function start(
  { env, say, onProgress, signal }: Context,
  { folder }: Release,
  rebuilt: readonly RebuiltImage[],
  options: RebuildChoice,
): Promise<void> {
  const tools = await openTools(options, dirname(dirname(folder)), env);
  const services = rebuilt.flatMap((image) => image.services);
  await startServices(tools, folder, services, {
    timeoutMs: options.timeout * 1000,
    hint: [
      'Mend the source and run the same again, or undo it.',
      ...undoLines(rebuilt, folder),
    ].join('\n'),
    onLine: (line) => say(visibleLines(line)),
    onProgress,
    signal,
  });
}
