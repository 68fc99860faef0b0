import { isIPv6 } from 'node:net';
import type { ConfigValue } from './parse.ts';

// Only options that say where something is, how much of it, or how it looks. None that grants a permission, trusts a
// key, overwrites, or agrees to anything: that has to be on the command line (docs/adr/0042-comfort.md).

/** Keys for every command with such an option. A key is the long name of the option. */
export const generalKeys: readonly string[] = [
  'state-dir',
  'engine',
  'docker-host',
  'cache',
  'parts',
  'timeout',
  'settle',
  'color',
  'progress',
];

/** Further keys in the section of one command. */
export const sectionKeys: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'export',
    [
      'channel',
      'delta',
      'format',
      'platform',
      'project-root',
      'pull',
      'rebuild',
      'runtime',
      'sign',
      'split',
      'with-source',
    ],
  ],
  ['adopt', ['platform', 'sign', 'split']],
  ['import', ['backup-volumes']],
  ['up', ['backup-volumes']],
  ['rebuild', ['source']],
  ['serve', ['listen', 'port', 'max-connections']],
]);

/** Keys whose values are paths: absolute or below the home folder, because commands are run in any folder. */
export const pathKeys: ReadonlySet<string> = new Set([
  'state-dir',
  'cache',
  'parts',
  'project-root',
  'sign',
  'source',
]);

/** Environment variables that come before the files. */
export const variablesOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['state-dir', ['BUNDLE_STATE_DIR']],
  ['engine', ['BUNDLE_ENGINE']],
  ['docker-host', ['DOCKER_HOST', 'DOCKER_CONTEXT']],
  ['cache', ['BUNDLE_LAYER_CACHE']],
  ['color', ['NO_COLOR']],
]);

/** Returns the keys that may be in the section of a command. */
export function keysOfSection(command: string): readonly string[] {
  return [...generalKeys, ...(sectionKeys.get(command) ?? [])];
}

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

/** Returns the host of `HOST:PORT`. */
function withoutPort(address: unknown): string {
  const text = String(address);
  return isIPv6(text) ? text : text.replace(/:\d+$/, '');
}
