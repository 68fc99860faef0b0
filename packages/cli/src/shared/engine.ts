import { setImmediate } from 'node:timers/promises';
import { type Engine, openEngine } from '@bundle/engine';
import type { EngineChoice } from './options/host.ts';

/** Selects the engine named by the options, by BUNDLE_ENGINE, or else the Docker engine of the environment. */
export function openChosenEngine(
  { engine, dockerHost }: EngineChoice,
  env: NodeJS.ProcessEnv,
): Promise<Engine> {
  const kind = engine ?? env['BUNDLE_ENGINE'];
  return openEngine({
    ...(kind ? { engine: kind } : {}),
    ...(dockerHost === undefined ? {} : { dockerHost }),
    env,
  });
}

/**
 * Opens the chosen engine and asks what it is, so that it answers while the command loads the rest of its code. Whoever
 * needs the answer gets the failure, too.
 */
export async function askChosenEngine(
  choice: EngineChoice,
  env: NodeJS.ProcessEnv,
): Promise<Engine> {
  const engine = await openChosenEngine(choice, env);
  engine.info().catch(() => undefined);
  // The question leaves only when the loop turns, and loading code stops the loop.
  await setImmediate();
  await setImmediate();
  return engine;
}
