import type { EngineImage } from '@bundle/engine';
import { BundleError, formatPlatform, type Platform, parsePlatform } from '@bundle/format';
import type { PlannedImage } from '../application/application.ts';

/** Names of architectures and their variants as containerd reads them (containerd/platforms, normalizeArch). */
const architectures: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  i386: ['386'],
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/** Variants that go without saying. */
const usualVariants: Readonly<Record<string, string>> = { amd64: 'v1', arm64: 'v8' };
const systems = new Set(['linux', 'windows', 'darwin', 'freebsd']);

/** Writes a platform so that two texts are equal where containerd takes the platforms for equal. */
export function normalPlatform(os: string, named: string, given?: string): string {
  const [architecture, implied] = architectures[named] ?? [named];
  const variant = implied ?? given?.replace(/^(?=\d)/, 'v') ?? '';
  const system = os === 'macos' ? 'darwin' : os;
  if (architecture === 'arm') return `${system}/arm/${variant || 'v7'}`;
  const isUsual = variant === '' || variant === usualVariants[architecture];
  return [system, architecture, ...(isUsual ? [] : [variant])].join('/');
}

/**
 * Tells whether Compose starts a service that says `platform: wanted` with an image, as its function
 * getLocalImagesDigests decides: elsewhere it counts the image as absent.
 */
export function fits({ os, architecture, variant }: Platform, wanted: string): boolean {
  const own = normalPlatform(os, architecture, variant);
  const [first = '', second, third] = wanted.trim().toLowerCase().split('/');
  if (second !== undefined) return normalPlatform(first, second, third) === own;
  // The host's architecture, or Linux, is meant by one word alone.
  return systems.has(first) ? first === os : normalPlatform('linux', first) === own;
}

/** Fails with `platform-mismatch` for an image with which Compose would not start a service on the offline host. */
export function checkServicePlatforms(planned: PlannedImage, { platform }: EngineImage): void {
  const { platforms = {}, source, built } = planned;
  const other = Object.entries(platforms).find(([, wanted]) => !fits(platform, wanted));
  if (other === undefined) return;
  const [service, wanted] = other;
  throw new BundleError('platform-mismatch', {
    operation: 'checking the image',
    subject: source,
    expected: `${wanted}, the platform of service ${service} in the Compose file`,
    found: formatPlatform(platform),
    hint: built
      ? 'Build it for that platform, or correct `platform:`: Compose would not start the service.'
      : 'Get it for that platform with --pull always or --platform, or correct `platform:`: Compose would not start the service.',
  });
}

/** Returns the platform that all services of an image want, to pull it for; undefined if they leave it open. */
export function ownPlatform({ platforms = {}, services }: PlannedImage): Platform | undefined {
  const wanted = services.map((service) => platforms[service] ?? '');
  return new Set(wanted).size === 1 ? parsePlatform(wanted[0] ?? '') : undefined;
}
