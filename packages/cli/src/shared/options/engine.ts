import type { Command } from 'commander';
import { z } from 'zod';

/** Options of the commands that talk to a container engine. */
export const engineOptions = z.object({
  engine: z
    .string()
    .regex(/^(docker|oci:.+)$/, 'expected docker or oci:PATH')
    .optional(),
  dockerHost: z.string().min(1, 'expected an address').optional(),
});

export function addEngineOptions(command: Command): Command {
  return command
    .option('--docker-host <url>', 'address of the Docker engine (also: DOCKER_HOST, contexts)')
    .option('--engine <kind>', 'docker, or oci:PATH for an OCI image layout (also: BUNDLE_ENGINE)');
}
