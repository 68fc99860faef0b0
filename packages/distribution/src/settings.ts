import { join } from 'node:path';
import { homeFolder, readTextIfThere } from '@bundle/files';
import { BundleError, type Environment, reasonOf } from '@bundle/format';
import { z } from 'zod';
import { dockerHub, isListed, isLoopback } from './hosts.ts';

/** How registries are reached. */
export interface RegistrySettings {
  readonly env: Environment;
  /** Registries to reach without TLS, as `HOST` or `HOST:PORT`. */
  readonly plainHttp: readonly string[];
  /** Registries whose certificate is not checked, and that may lack TLS: entries of Docker's `insecure-registries`. */
  readonly insecure: readonly string[];
  /** Base addresses of mirrors of Docker Hub, in order. */
  readonly mirrors: readonly string[];
  /** Folders that have a folder of certificates for each registry. */
  readonly certificates: readonly string[];
  readonly times: Times;
}

/** Waiting times in milliseconds. */
export interface Times {
  /** Until a connection that sends nothing is given up. */
  readonly idle: number;
  /** Until a registry that has all bytes of an upload is given up: it may move them to an object store first. */
  readonly commit: number;
  /** Until a credential helper is given up. */
  readonly helper: number;
  /** Before the first repetition; each further one waits twice as long. */
  readonly retry: number;
  /** The longest time that a registry may ask to wait (Retry-After). */
  readonly longestWait: number;
}

const usualTimes: Times = {
  idle: 60_000,
  commit: 15 * 60_000,
  helper: 60_000,
  retry: 500,
  longestWait: 120_000,
};

/** Docker's settings that concern its client too, if the daemon is on this host. */
const daemonFile = '/etc/docker/daemon.json';
const daemonSchema = z.looseObject({
  'insecure-registries': z.array(z.string()).optional(),
  'registry-mirrors': z.array(z.string()).optional(),
});

/**
 * Reads how Docker on this host reaches registries. Fails with `input-unreadable` if its configuration cannot be
 * read.
 */
export async function readRegistrySettings(
  env: Environment,
  plainHttp: readonly string[] = [],
): Promise<RegistrySettings> {
  const daemon = await readDaemon();
  const home = homeFolder(env);
  return {
    env,
    plainHttp,
    insecure: daemon['insecure-registries'] ?? [],
    mirrors: daemon['registry-mirrors'] ?? [],
    certificates: ['/etc/docker/certs.d', join(home, '.config/docker/certs.d')],
    times: usualTimes,
  };
}

async function readDaemon(): Promise<z.output<typeof daemonSchema>> {
  const text = await readTextIfThere(daemonFile);
  if (text === undefined) return {};
  try {
    return daemonSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new BundleError('input-unreadable', {
      operation: 'reading the configuration of Docker',
      subject: daemonFile,
      found: reasonOf(error),
      hint: 'Correct the file.',
      cause: error,
    });
  }
}

/** How one registry is reached: which schemes to try, in order, and whether its certificate is checked. */
export interface Access {
  readonly schemes: readonly ('https' | 'http')[];
  readonly verify: boolean;
}

export function accessTo(host: string, settings: RegistrySettings): Access {
  if (isListed(host, settings.plainHttp)) return { schemes: ['http'], verify: true };
  // As Docker does: loopback counts as insecure.
  const insecure = isLoopback(host) || isListed(host, settings.insecure);
  const mirror = mirrorsIn(settings).find((url) => url.host === host);
  if (mirror?.protocol === 'http:') return { schemes: ['http'], verify: true };
  if (mirror !== undefined) return { schemes: ['https'], verify: !insecure };
  return insecure
    ? { schemes: ['https', 'http'], verify: false }
    : { schemes: ['https'], verify: true };
}

/** Returns the places that have the images of a registry, in the order of asking. */
export function placesOf(registry: string, settings: RegistrySettings): readonly string[] {
  if (registry !== dockerHub) return [registry];
  return [...mirrorsIn(settings).map(({ host }) => host), registry];
}

function mirrorsIn({ mirrors }: RegistrySettings): URL[] {
  const urls = mirrors.flatMap((mirror) => (URL.canParse(mirror) ? [new URL(mirror)] : []));
  return urls.filter(({ protocol }) => /^https?:$/.test(protocol));
}
