import { z } from 'zod';

/** A platform as in the OCI image-spec (image-index.md#image-index-property-descriptions). */
export const platformSchema = z.object({
  os: z.string().min(1),
  architecture: z.string().min(1),
  variant: z.string().min(1).optional(),
});
export type Platform = z.output<typeof platformSchema>;

const architectureAliases: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  i686: 'x86',
};

/** Converts an architecture's name to the spelling of Go and the OCI image-spec; engines also report the kernel's. */
export function normalizeArchitecture(name: string): string {
  return architectureAliases[name] ?? name;
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter((part) => part !== undefined).join('/');
}

/** Parses `linux/arm64` or `linux/arm/v7`; undefined for any other form. */
export function parsePlatform(text: string): Platform | undefined {
  const match = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9]+))?$/.exec(text);
  if (match === null) return undefined;
  const [, os = '', architecture = '', variant] = match;
  return {
    os,
    architecture: normalizeArchitecture(architecture),
    ...(variant === undefined ? {} : { variant }),
  };
}

/** Parses a list such as `linux/amd64,linux/arm64`, or `all`; undefined for any other form. Repetitions are dropped. */
export function parsePlatforms(text: string): readonly Platform[] | 'all' | undefined {
  if (text === 'all') return text;
  const byName = new Map<string, Platform>();
  for (const part of text.split(',')) {
    const platform = parsePlatform(part.trim());
    if (platform === undefined) return undefined;
    byName.set(formatPlatform(platform), platform);
  }
  return [...byName.values()];
}

/** Tells whether an image for `image` runs on `host`; a variant counts only when both name one. */
export function runsOn(image: Platform, host: Platform): boolean {
  return (
    image.os === host.os &&
    image.architecture === host.architecture &&
    (image.variant === undefined || host.variant === undefined || image.variant === host.variant)
  );
}
