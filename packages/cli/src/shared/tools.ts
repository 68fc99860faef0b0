import { isOfEveryHost, type Lookup } from '@bundle/compose';
import { openRuntime } from '@bundle/engine';
import { createComposeTool } from '@bundle/engine/compose-cli';
import type { Stacks } from '@bundle/engine/stacks';
import { carriedPlugin, hasStacks } from '@bundle/host';
import type { Tools } from '@bundle/operate';
import { openChosenEngine } from './engine.ts';
import type { EngineChoice } from './options/host.ts';

/** Opens everything that operating an application needs from the engine. */
export async function openTools(
  choice: EngineChoice,
  stateDir: string,
  env: NodeJS.ProcessEnv,
  becomesStack = false,
): Promise<Tools> {
  const kind = choice.engine ?? env['BUNDLE_ENGINE'];
  const { dockerHost } = choice;
  const runtime = await openRuntime({
    ...(kind ? { engine: kind } : {}),
    ...(dockerHost === undefined ? {} : { dockerHost }),
    env,
  });
  const tools = {
    engine: await openChosenEngine(choice, env),
    runtime,
    compose: createComposeTool({
      dockerHost,
      env: composeEnvironment(env),
      carried: () => carriedPlugin(stateDir, 'compose'),
    }),
  };
  if (!becomesStack && !(await hasStacks(stateDir))) return tools;
  const { withStacks } = await import('./stack-tools.ts');
  return withStacks(tools, stateDir, () => openSwarm(choice, env));
}

/** Opens the stacks of the swarm that the engine is a manager of. */
export async function openSwarm(
  { dockerHost }: EngineChoice,
  env: NodeJS.ProcessEnv,
): Promise<Stacks> {
  const { openStacks } = await import('@bundle/engine/stacks');
  return openStacks({ dockerHost, env: composeEnvironment(env) });
}

/** Returns the environment variables that are passed to Compose. */
export function composeLookup(env: NodeJS.ProcessEnv): Lookup {
  const passed = composeEnvironment(env);
  return (name) => passed[name];
}

/**
 * Settings come only from the release’s `.env`, so that a start after a reboot, a rollback and a second run all mean
 * the same. Of the environment, Compose gets only what locates the engine and the user’s own files.
 */
export function composeEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => isOfEveryHost(name)));
}
