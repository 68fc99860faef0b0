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
