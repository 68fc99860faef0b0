import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { homeFolder, readTextIfThere } from '@bundle/files';
import type { Environment } from '@bundle/format';
import { BundleError, reasonOf } from '@bundle/format';
import { z } from 'zod';
import { type Address, parseAddress } from './address.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

/** A Docker engine's address, and the credentials for connecting to it. */
export interface DockerEndpoint {
  /** The address as it was given, for messages. Begins with `unix://` if and only if the engine is on this machine. */
  readonly host: string;
  readonly address: Address;
  /** No TLS if absent. */
  readonly tls?: TlsFiles;
  /** Environment of this host's ssh. */
  readonly env: Environment;
}

const configSchema = z.looseObject({ currentContext: z.string().optional() });
const contextSchema = z.looseObject({
  Endpoints: z.looseObject({
    docker: z.looseObject({
      Host: z.string().optional(),
      SkipTLSVerify: z.boolean().optional(),
    }),
  }),
});

/**
 * Finds the engine as the docker command would: an explicit address, DOCKER_HOST, DOCKER_CONTEXT, the current context
 * of DOCKER_CONFIG, the default socket. TLS comes from the context, else from DOCKER_TLS_VERIFY (or DOCKER_TLS, which
 * checks no certificate) and DOCKER_CERT_PATH. Fails with `usage`, `engine-unreachable` or `input-unreadable`.
 */
export async function resolveEndpoint(
  explicit: string | undefined,
  env: Environment,
): Promise<DockerEndpoint> {
  const folder = env['DOCKER_CONFIG'] || join(homeFolder(env), '.docker');
  const given = explicit ?? (env['DOCKER_HOST'] || undefined);
  if (given !== undefined) return withTlsOfEnvironment(given, folder, env);
  const config = await readJson(join(folder, 'config.json'), configSchema);
  const context = env['DOCKER_CONTEXT'] || config?.currentContext || 'default';
  if (context === 'default') return withTlsOfEnvironment('unix://', folder, env);
  const id = createHash('sha256').update(context).digest('hex');
  const meta = await readJson(join(folder, 'contexts/meta', id, 'meta.json'), contextSchema);
  const { Host: host, SkipTLSVerify: skips = false } = meta?.Endpoints.docker ?? {};
  if (host === undefined) {
    throw new BundleError('engine-unreachable', {
      operation: 'reading the docker context',
      subject: context,
      expected: `its address in ${folder}/contexts`,
      found: 'none',
      hint: 'See `docker context ls`, or name the engine with --docker-host.',
    });
  }
  const files = await readTlsFiles(join(folder, 'contexts/tls', id, 'docker'), !skips);
  const isTls = skips || files.ca !== undefined || files.cert !== undefined;
  return endpoint(host, env, isTls ? files : undefined);
}

async function withTlsOfEnvironment(
  host: string,
  configFolder: string,
  env: Environment,
): Promise<DockerEndpoint> {
  const address = parseAddress(host);
  if (address.kind !== 'tcp' || host.startsWith('http://')) return endpoint(host, env, undefined);
  const [verify, any] = ['DOCKER_TLS_VERIFY', 'DOCKER_TLS'].map((name) => Boolean(env[name]));
  const folder = env['DOCKER_CERT_PATH'];
  if (verify || any) {
    return endpoint(host, env, await readTlsFiles(folder || configFolder, verify === true));
  }
  const files = address.secure && folder ? await readTlsFiles(folder, true) : undefined;
  return endpoint(host, env, files);
}

function endpoint(host: string, env: Environment, tls: TlsFiles | undefined): DockerEndpoint {
  const address = parseAddress(host);
  if (address.kind === 'unix') return { host: `unix://${address.path}`, address, env };
  if (address.kind === 'ssh') return { host, address, env };
  const used = tls ?? (address.secure ? { verify: true } : undefined);
  const port = address.port ?? (used === undefined ? '2375' : '2376');
  return { host, address: { ...address, port }, env, ...(used === undefined ? {} : { tls: used }) };
}

/** Returns the variables that make docker's plugins use the same engine over the same connection. */
export function endpointVariables({ host, address, tls }: DockerEndpoint): Environment {
  return {
    DOCKER_HOST: address.kind === 'tcp' ? tcpText(address) : host,
    DOCKER_CONTEXT: undefined,
    DOCKER_TLS: tls?.verify === false ? '1' : undefined,
    DOCKER_TLS_VERIFY: tls?.verify === true ? '1' : undefined,
    DOCKER_CERT_PATH: tls?.folder,
  };
}

function tcpText({ host, port }: Extract<Address, { kind: 'tcp' }>): string {
  return `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new BundleError('engine-unreachable', {
      operation: 'reading the docker configuration',
      subject: path,
      found: reasonOf(error),
      hint: 'Correct the file, or name the engine with --docker-host.',
      cause: error,
    });
  }
}
