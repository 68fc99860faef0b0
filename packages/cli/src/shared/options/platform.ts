import { parsePlatform } from '@bundle/format';
import { z } from 'zod';

/** A platform such as linux/amd64. */
export const platformOption = z.string().transform((text, issues) => {
  const platform = parsePlatform(text);
  if (platform !== undefined) return platform;
  issues.addIssue('expected OS/ARCHITECTURE, such as linux/amd64');
  return z.NEVER;
});
