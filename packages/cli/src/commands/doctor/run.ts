import { createBuildTool } from '@bundle/engine/build-cli';
import { createComposeTool } from '@bundle/engine/compose-cli';
import { BundleError } from '@bundle/format';
import { carriedPlugin } from '@bundle/host';
import {
  chooseRebuildable,
  diagnose,
  type RebuildableRelease,
  readRebuildable,
  sourceFolder,
} from '@bundle/rebuild';
import type { Context, Outcome } from '../../outcome.ts';
import { openChosenEngine } from '../../shared/engine.ts';
import { stateFolder } from '../../shared/folders.ts';
import type { DoctorChoice } from './definition.ts';
import { doctorOutcome } from './render.ts';

/** Runs `bundle doctor`: diagnoses rebuilds on this host. */
export async function runDoctor(context: Context, options: DoctorChoice): Promise<Outcome> {
  const { env, cwd, colours, onProgress } = context;
  const { dockerHost, name, stateDir } = options;
  const folder = stateFolder(stateDir, context);
  onProgress({ phase: 'looking', doneBytes: 0 });
  const checks = await diagnose({
    openEngine: () => openChosenEngine(options, env),
    buildTool: createBuildTool({ dockerHost, env, carried: () => carriedPlugin(folder, 'buildx') }),
    composeTool: createComposeTool({
      dockerHost,
      env,
      carried: () => carriedPlugin(folder, 'compose'),
    }),
    readRelease: async () => readRebuildable(await chooseRebuildable(folder, name)),
    source: (release) => sourceOf(release, options.source, cwd),
  });
  return doctorOutcome(checks, colours);
}

/** Returns the named source folder, or else the current one if it contains what the release builds from. */
async function sourceOf(
  { recipes }: RebuildableRelease,
  named: string | undefined,
  cwd: string,
): Promise<string | undefined> {
  try {
    return await sourceFolder(named, cwd, recipes);
  } catch (error) {
    if (error instanceof BundleError && error.code === 'rebuild-unavailable') return undefined;
    throw error;
  }
}
