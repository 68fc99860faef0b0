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
