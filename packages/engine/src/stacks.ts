import type { Environment } from '@bundle/format';
import { createStacks } from './docker/stacks.ts';
import { resolveEndpoint } from './endpoint.ts';
import type { Stacks } from './stack-types.ts';

export type * from './stack-types.ts';

/** Opens the stacks of the swarm whose manager is the Docker engine that a command works on. */
export async function openStacks(choice: {
  readonly dockerHost?: string | undefined;
  readonly env: Environment;
}): Promise<Stacks> {
  return createStacks(await resolveEndpoint(choice.dockerHost, choice.env), choice.env);
}
