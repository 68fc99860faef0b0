import type { Agent } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { BundleError, parseBounded, reasonOf } from '@bundle/format';
import Docker from 'dockerode';
import type { z } from 'zod';
import type { DockerEndpoint } from '../endpoint.ts';
import { socketAgent, tcpAgent, tlsAgent } from './agents.ts';

// Shared by all adapters of Docker's API: connects to the engine and parses its answers.

/** Creates a client of the engine; it connects on its first request. */
export async function connect(endpoint: DockerEndpoint): Promise<Docker> {
  const way = await wayTo(endpoint);
  try {
    // docker-modem takes options that are not given from DOCKER_HOST and DOCKER_CERT_PATH.
    return new Docker({ ...nothing, ...way });
  } catch (error) {
    throw new BundleError('usage', {
      operation: 'reading the environment variables of docker',
      found: reasonOf(error),
      hint: 'Correct or unset DOCKER_HOST and DOCKER_CERT_PATH.',
      cause: error,
    });
  }
}

const nothing = {
  socketPath: undefined,
  host: undefined,
  port: undefined,
  username: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
} satisfies Docker.DockerOptions;

type Way = Docker.DockerOptions & { readonly agent: Agent };

async function wayTo({ address, tls, env }: DockerEndpoint): Promise<Way> {
  if (address.kind === 'unix') {
    return { socketPath: address.path, protocol: 'http', agent: socketAgent() };
  }
  if (address.kind === 'ssh') {
    const { SshAgent } = await import('./ssh.ts');
    // The name is used only in requests: ssh has its own address.
    return { host: 'docker', protocol: 'http', agent: new SshAgent(address, env) };
  }
  const { host, port } = address;
  return tls === undefined
    ? { host, ...(port ? { port } : {}), protocol: 'http', agent: tcpAgent() }
    : { host, ...(port ? { port } : {}), protocol: 'https', agent: await tlsAgent(tls) };
}

export function parse<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = parseBounded(schema, answer);
  if (parsed.issues === undefined) return parsed.data;
  throw new BundleError('engine-failed', {
    operation: 'reading the engine’s answer',
    found: parsed.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    hint: 'This may not be a Docker engine, or its version is not supported.',
  });
}

export function asReadable(answer: unknown): Readable {
  if (answer instanceof Readable) return answer;
  throw new Error('the engine’s answer is not a stream');
}

/** Returns the same stream, but with every error converted by `explain`. */
export function explained(stream: Readable, explain: (error: Error) => unknown): Readable {
  const whole = new PassThrough({ highWaterMark: 1024 * 1024 });
  stream.once('error', (error) => {
    const shown = explain(error);
    whole.destroy(shown instanceof Error ? shown : error);
  });
  whole.once('close', () => stream.destroy());
  return stream.pipe(whole);
}

export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
