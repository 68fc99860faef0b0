import { join } from 'node:path';
import { homeFolder, readTextIfThere } from '@bundle/files';
import { BundleError, type Environment } from '@bundle/format';
import { z } from 'zod';

const text = z.string().optional();
const configSchema = z.looseObject({
  auths: z
    .record(
      z.string(),
      z.looseObject({
        auth: text,
        username: text,
        password: text,
        identitytoken: text,
        registrytoken: text,
      }),
    )
    .optional(),
  credsStore: text,
  credHelpers: z.record(z.string(), z.string()).optional(),
});

export interface DockerConfig extends z.output<typeof configSchema> {
  /** Path of the file, for messages. */
  readonly file: string;
}

/** Reads the user's Docker configuration; empty if there is none. Fails with `input-unreadable`. */
export async function readDockerConfig(env: Environment): Promise<DockerConfig> {
  const folder = env['DOCKER_CONFIG'] || join(homeFolder(env), '.docker');
  const file = join(folder, 'config.json');
  const content = await readTextIfThere(file);
  if (content === undefined) return { file };
  try {
    return { ...configSchema.parse(JSON.parse(content)), file };
  } catch {
    // The reason is left out: the message of a JSON parser quotes the file, and this one has passwords.
    throw new BundleError('input-unreadable', {
      operation: 'reading the docker configuration',
      subject: file,
      expected: 'JSON as `docker login` writes it',
      found: 'something else',
      hint: 'Correct the file, or name another folder with DOCKER_CONFIG.',
    });
  }
}
