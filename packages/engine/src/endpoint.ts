import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '@bundle/format';
import { BundleError, reasonOf, systemErrorCode } from '@bundle/format';
import { z } from 'zod';

const defaultHost = 'unix:///var/run/docker.sock';

const configSchema = z.looseObject({ currentContext: z.string().optional() });
const contextSchema = z.looseObject({
  Endpoints: z.looseObject({ docker: z.looseObject({ Host: z.string().optional() }) }),
});

/**
 * The engine's address as the docker command would choose it: an explicit one, DOCKER_HOST, DOCKER_CONTEXT,
 * the current context of DOCKER_CONFIG, the default socket.
 */
export async function resolveDockerHost(
  explicit: string | undefined,
  env: Environment,
): Promise<string> {
  if (explicit !== undefined) return explicit;
  if (env['DOCKER_HOST']) return env['DOCKER_HOST'];
  const folder = env['DOCKER_CONFIG'] || join(homedir(), '.docker');
  const config = await readJson(join(folder, 'config.json'), configSchema);
  const context = env['DOCKER_CONTEXT'] || config?.currentContext || 'default';
  if (context === 'default') return defaultHost;
  const id = createHash('sha256').update(context).digest('hex');
  const meta = await readJson(join(folder, 'contexts', 'meta', id, 'meta.json'), contextSchema);
  const host = meta?.Endpoints.docker.Host;
  if (host !== undefined) return host;
  throw new BundleError('engine-unreachable', {
    operation: 'reading the docker context',
    subject: context,
    expected: `its address in ${folder}/contexts`,
    found: 'none',
    hint: 'See `docker context ls`, or name the engine with --docker-host.',
  });
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new BundleError('engine-unreachable', {
      operation: 'reading the docker configuration',
      subject: path,
      found: reasonOf(error),
      hint: 'Mend the file, or name the engine with --docker-host.',
      cause: error,
    });
  }
}
