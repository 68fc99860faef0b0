import { isIPv6 } from 'node:net';
import type { ConfigValue } from './parse.ts';

/** Returns what remains of a configured value beside an option of the command line; undefined: nothing. */
type Remainder = (configured: ConfigValue, given: unknown) => ConfigValue | undefined;

/** By the option that is typed. */
type Overriding = Readonly<Record<string, Remainder>>;

const nothing: Remainder = () => undefined;

/**
 * Options that do not go together with a configured key, by key: the command line wins, and what somebody wrote for all
 * runs is no mistake in this one.
 */
export const overriddenBy: ReadonlyMap<string, Overriding> = new Map<string, Overriding>([
  ['docker-host', { from: nothing }],
  ['engine', { from: nothing, 'docker-host': nothing }],
  ['pull', { from: nothing }],
  [
    'split',
    {
      format: (value, form) => (form === 'folder' ? undefined : value),
      output: (value, path) => (isSingleFile(path) ? value : undefined),
    },
  ],
  [
    'format',
    {
      split: nothing,
      // The other way round, a single file may have any name.
      output: (value, path) => (isSingleFile(path) && value === 'folder' ? undefined : value),
    },
  ],
  ['listen', { port: withoutPort }],
  ['port', { listen: (value, address) => (withoutPort(address) === address ? value : undefined) }],
]);

function isSingleFile(path: unknown): boolean {
  return String(path).endsWith('.tar');
}

/** Returns the host of `HOST:PORT`; undefined for `:PORT`, which has none. */
function withoutPort(address: unknown): string | undefined {
  const text = String(address);
  return isIPv6(text) ? text : text.replace(/:\d+$/, '') || undefined;
}
