import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { BundleError, type ErrorCode, reasonOf } from '@bundle/format';
import type Docker from 'dockerode';
import type { z } from 'zod';

// What every adapter on Docker's API needs: where the engine is, its answers parsed, its errors in our form.

const unreachable = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'EACCES',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPERM',
]);

/** Without a server name of its own Node looks whether the Host header is an address, which takes 3 ms the first time. */
const ofSocket = { keepAlive: true, timeout: 5_000, servername: '' };

/** docker-modem describes each request for its debug log, also where nothing is logged: with all of an agent that takes 5 ms. */
class QuietAgent extends Agent {
  [inspect.custom](): string {
    return 'Agent';
  }
}

export function connection(host: string): Docker.DockerOptions & { readonly agent?: Agent } {
  if (host.startsWith('unix://')) {
    return { socketPath: host.slice('unix://'.length), agent: new QuietAgent(ofSocket) };
  }
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url === undefined || !['tcp:', 'http:', 'https:', 'ssh:'].includes(url.protocol)) {
    throw new BundleError('usage', {
      operation: 'reading the engine address',
      subject: host,
      expected: 'unix://PATH, tcp://HOST:PORT, https://HOST:PORT or ssh://USER@HOST',
      hint: 'Mend --docker-host or DOCKER_HOST.',
    });
  }
  // docker-modem reads certificates for tcp:// from DOCKER_CERT_PATH by itself.
  if (url.protocol === 'tcp:') return { host: url.hostname, port: url.port || 2375 };
  const protocol = url.protocol === 'ssh:' ? 'ssh' : url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port || (protocol === 'ssh' ? 22 : 2375);
  return {
    protocol,
    host: url.hostname,
    port,
    ...(url.username ? { username: url.username } : {}),
  };
}

export function parse<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new BundleError('engine-failed', {
    operation: 'reading the engine’s answer',
    found: parsed.error.issues
      .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
      .join('; '),
    hint: 'This may be no Docker engine, or one that this version does not know.',
  });
}

export function asReadable(answer: unknown): Readable {
  if (answer instanceof Readable) return answer;
  throw new Error('the engine’s answer is no stream');
}

export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

export function engineError(
  error: unknown,
  operation: string,
  host: string,
  code: ErrorCode,
): unknown {
  if (error instanceof BundleError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new BundleError('interrupted', { operation, subject: host, cause: error });
  }
  const system = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (unreachable.has(system)) {
    return new BundleError('engine-unreachable', {
      operation: 'reaching the Docker engine at',
      subject: host,
      found: reasonOf(error),
      hint: 'Start the engine, or choose another with --docker-host, DOCKER_HOST or a docker context; you may need the rights to its socket.',
      cause: error,
    });
  }
  const reason = reasonOf(error);
  if (/no space left on device/i.test(reason)) {
    return new BundleError('no-space', {
      operation,
      subject: host,
      found: reason,
      hint: 'Free space in the engine’s data folder (see `docker system df`), then run the command again.',
      cause: error,
    });
  }
  return new BundleError(code, {
    operation,
    subject: host,
    found: reason,
    hint:
      code === 'image-pull-failed'
        ? 'Check the image’s name, and that the engine reaches its registry and may pull it there (docker login).'
        : 'See the engine’s own log for more.',
    cause: error,
  });
}
