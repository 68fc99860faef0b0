import { parsePlatform, parsePlatforms } from '@bundle/format';
import { z } from 'zod';

/** A platform such as linux/amd64. */
export const platformOption = z.string().transform((text, issues) => {
  const platform = parsePlatform(text);
  if (platform !== undefined) return platform;
  issues.addIssue('expected OS/ARCHITECTURE, such as linux/amd64');
  return z.NEVER;
});

/** Platforms such as linux/amd64,linux/arm64, or `all`. */
export const platformsOption = z.string().transform((text, issues) => {
  const platforms = parsePlatforms(text);
  if (platforms !== undefined) return platforms;
  issues.addIssue('expected OS/ARCHITECTURE, such as linux/amd64, several with commas, or all');
  return z.NEVER;
});
