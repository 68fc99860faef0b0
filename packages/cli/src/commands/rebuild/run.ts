import type { Engine } from '@bundle/engine';
import { createBuildTool } from '@bundle/engine/build-cli';
import { carriedPlugin, recorded, releaseFact, withLock } from '@bundle/host';
import {
  chooseRebuildable,
  chooseRecipes,
  type RebuildableRelease,
  readRebuildable,
  rebuildImages,
  sourceFolder,
  undoRebuilds,
} from '@bundle/rebuild';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { stateFolder } from '../../shared/folders.ts';
import { ownCommand } from '../../shared/own-command.ts';
import { t } from '../../shared/text/text.ts';
import { usageError } from '../../usage.ts';
import type { RebuildChoice } from './definition.ts';
import { nextLines, rebuildText, stepDetail, stepText, undoneText } from './render.ts';
import type { Restart } from './start.ts';

/** Characters of the names of services in an entry of the log. */
const maxDetail = 500;

/** `bundle rebuild`: builds again what was chosen, or undoes that, and starts it when asked to. */
export async function runRebuild(
  context: Context,
  engine: Engine,
  named: readonly string[],
  options: RebuildChoice,
): Promise<Outcome> {
  const instance = await chooseRebuildable(stateFolder(options.stateDir, context), options.name);
  const isChosen = options.undo || options.all || named.length > 0;
  const services = isChosen
    ? named
    : await chooseServices(context, await readRebuildable(instance));
  return withLock(instance, context.signal, async (signal) => {
    // Also where it was read before: another run may have changed it before the lock was free.
    const release = await readRebuildable(instance);
    const locked = { ...context, signal };
    return options.undo
      ? undo(locked, engine, release, services, options)
      : rebuild(locked, engine, release, services, options);
  });
}

async function rebuild(
  context: Context,
  engine: Engine,
  release: RebuildableRelease,
  services: readonly string[],
  options: RebuildChoice,
): Promise<Outcome> {
  const { env, cwd, say, signal, onProgress, stderrColours, colours } = context;
  const recipes = chooseRecipes(release, services);
  const restart = options.up ? await openRestart(context, release, options) : undefined;
  const source = await sourceFolder(options.source, cwd, recipes, release.source);
  const tool = createBuildTool({
    dockerHost: options.dockerHost,
    env,
    carried: () => carriedPlugin(release.instance.stateDir, 'buildx'),
  });
  const build = async () =>
    rebuildImages(engine, tool, release, {
      services,
      source,
      buildArgs: options.buildArg,
      ...(options.tag === undefined ? {} : { tag: options.tag }),
      ...(options.bundle === undefined ? {} : { bundle: await findBundle(options.bundle) }),
      find: findPartsWith(options, context),
      allowRerun: options.allowRerun,
      keepModes: options.keepModes,
      now: new Date(),
      onStep: (of, step) => {
        if (step.state === 'running')
          onProgress({ phase: 'building', doneBytes: 0, detail: stepDetail(of, step) });
        const line = stepText(of, step, stderrColours);
        if (line !== undefined) say(line);
      },
      onProgress,
      signal,
    });
  const images = await record(context, 'rebuild', release, services, build);
  const command = ownCommand(release.folder, options.stateDir);
  const next = nextLines(images, release, options.tag, command);
  const affected = images.flatMap((image) => image.services);
  const hint = [
    'Fix the source and run the same command again, or undo the rebuild.',
    ...next.undo,
  ].join('\n');
  await restart?.(affected, hint);
  const { product, version } = release.manifest;
  const outcome = images.some(({ changed }) => changed) ? 'rebuilt' : 'unchanged';
  const json = { outcome, product, version, source, started: options.up, images };
  return { json, text: rebuildText(images, next, options.up, colours) };
}

/** Gives the images replaced by the last rebuild their names back. */
async function undo(
  context: Context,
  engine: Engine,
  release: RebuildableRelease,
  services: readonly string[],
  options: RebuildChoice,
): Promise<Outcome> {
  const restart = options.up ? await openRestart(context, release, options) : undefined;
  const images = await record(context, 'undo rebuild', release, services, () =>
    undoRebuilds(engine, release, services),
  );
  const affected = images.flatMap((image) => image.services);
  await restart?.(affected, 'See `bundle logs`; `bundle up` starts the release.');
  const { product, version } = release.manifest;
  const json = { outcome: 'undone', product, version, started: options.up, images };
  const command = ownCommand(release.folder, options.stateDir);
  return { json, text: undoneText(images, release, options.up, command, context.colours) };
}

/**
 * Checks, before anything is built, that services may be started again alone; returns what starts them and records that.
 */
async function openRestart(
  context: Context,
  release: RebuildableRelease,
  options: RebuildChoice,
): Promise<Restart> {
  const { openStart } = await import('./start.ts');
  const restart = await openStart(context, release, options);
  return (services, hint) =>
    record(context, 'up', release, services, () => restart(services, hint));
}

/** Does it between two entries in the log of this host. A log that cannot be written stops nothing. */
function record<Result>(
  { onUnrecorded }: Context,
  action: 'rebuild' | 'undo rebuild' | 'up',
  { instance, manifest, digest }: RebuildableRelease,
  services: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  const detail = services.join(', ').slice(0, maxDetail);
  const fact = {
    ...releaseFact(action, instance, manifest, digest),
    ...(detail === '' ? {} : { detail }),
  };
  return recorded(instance.stateDir, fact, { onUnrecorded }, work);
}

/** What is chosen on the terminal; nothing where there is only one image to rebuild. */
async function chooseServices(
  { choose }: Context,
  { recipes }: RebuildableRelease,
): Promise<readonly string[]> {
  if (recipes.length === 1) return [];
  const names = recipes.map(({ services }) => services.join(', '));
  if (choose === undefined)
    throw usageError(
      'the command line of rebuild',
      'services, or --all',
      'neither',
      `This release can rebuild ${names.join(', ')}: name what you changed, or all with --all.`,
    );
  const index = await choose(t`Which image?`, [...names, t`all`]);
  return recipes[index]?.services.slice(0, 1) ?? [];
}
