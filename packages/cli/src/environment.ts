/** Environment variables that the command reads, each with its meaning; for the manual and docs/cli.md. */
export const environmentVariables: readonly (readonly [name: string, text: string])[] = [
  ['BUNDLE_STATE_DIR', 'State folder, in place of --state-dir.'],
  ['BUNDLE_ENGINE', 'Engine, in place of --engine: docker or oci:PATH.'],
  ['BUNDLE_LAYER_CACHE', 'Layer cache of exports, in place of --cache; off for none.'],
  ['BUNDLE_LANG', 'Language of all texts, in place of --lang: en or zh.'],
  ['BUNDLE_DEBUG', '1 adds the place in the program to errors, like --verbose.'],
  ['DOCKER_HOST, DOCKER_CONTEXT', 'Engine to use, as for docker.'],
  ['DOCKER_CONFIG, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY', 'Credentials, as for docker.'],
  ['COMPOSE_FILE', 'Compose files of an export, as for docker compose.'],
  ['SOURCE_DATE_EPOCH', 'Time to write into a bundle, in seconds since 1970.'],
  ['LC_ALL, LC_MESSAGES, LANG', 'Chinese for zh_CN, zh_SG and zh-Hans in UTF-8.'],
  ['NO_COLOR', 'Any value turns colours off.'],
  [
    'XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME',
    'Where the folders of a user are; relative paths are ignored.',
  ],
];

/** Files that the command reads or keeps. */
export const files: readonly (readonly [path: string, text: string])[] = [
  ['/var/lib/bundle', 'State folder of root: releases, settings, journals.'],
  ['~/.local/state/bundle', 'State folder of another user.'],
  ['~/.config/bundle/config.yaml', 'Configuration of a user; `bundle config` shows it.'],
  ['/etc/bundle/config.yaml', 'Configuration of the host.'],
  ['~/.cache/bundle', 'Layer cache of exports.'],
];
