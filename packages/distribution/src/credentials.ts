import type { Environment } from '@bundle/format';
import { askHelper } from './credential-helper.ts';
import { readDockerConfig } from './docker-config.ts';
import { keyOfRegistry, registryOfKey } from './hosts.ts';

/** What a user has for a registry. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** Exchanged for an access token (OAuth 2). */
  | { readonly kind: 'identity'; readonly token: string }
  /** Used as it is. */
  | { readonly kind: 'bearer'; readonly token: string };

/**
 * Finds the credentials of a registry as the docker command does: its own helper, the store of all, else what
 * `docker login` wrote into the file. Undefined if there are none.
 */
export async function credentialsFor(
  registry: string,
  options: { readonly env: Environment; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Credentials | undefined> {
  const config = await readDockerConfig(options.env);
  const helper = entryOf(config.credHelpers, registry) ?? (config.credsStore || undefined);
  if (helper !== undefined) {
    const answer = await askHelper(helper, keyOfRegistry(registry), options);
    if (answer === undefined) return undefined;
    const { Username: username, Secret: secret } = answer;
    return username === '<token>'
      ? { kind: 'identity', token: secret }
      : { kind: 'password', username, password: secret };
  }
  const entry = entryOf(config.auths, registry);
  if (entry === undefined) return undefined;
  if (entry.registrytoken) return { kind: 'bearer', token: entry.registrytoken };
  if (entry.identitytoken) return { kind: 'identity', token: entry.identitytoken };
  const decoded = Buffer.from(entry.auth ?? '', 'base64').toString('utf8');
  const [, username = entry.username, password = entry.password] =
    /^([^:]+):([\s\S]*?)\0*$/.exec(decoded) ?? [];
  return username && password ? { kind: 'password', username, password } : undefined;
}

function entryOf<T>(
  entries: Readonly<Record<string, T>> | undefined,
  registry: string,
): T | undefined {
  return Object.entries(entries ?? {}).find(([key]) => registryOfKey(key) === registry)?.[1];
}
