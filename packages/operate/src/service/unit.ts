/** A systemd unit that starts an application after the host has booted. */
export interface ServiceUnit {
  /** `bundle-NAME.service` */
  readonly name: string;
  readonly text: string;
}

export interface ServiceOptions {
  /** Name of the instance, and the folder of its releases. */
  readonly instance: string;
  readonly root: string;
  readonly product: string;
  /** Words of the command that starts the application; the first is an absolute path. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Unit of the engine, if known: the application starts after it, and restarts with it. */
  readonly engineUnit?: string;
  /** Whether the unit is for a user's service manager. */
  readonly user: boolean;
}

export function unitName(instance: string): string {
  return `bundle-${instance}.service`;
}

/** Returns the line that identifies the owner of a unit, for `status` and `uninstall`. */
export function ownerLine(root: string): string {
  return `# Application: ${JSON.stringify(root)}`;
}

/**
 * Generates a unit (`systemd.service(5)`) for systemd 239 or later. Its start ends (oneshot) but the unit stays active,
 * so that the manager knows that the application is there; the engine runs the containers.
 */
export function serviceUnit(options: ServiceOptions): ServiceUnit {
  const { instance, root, product, command, environment, engineUnit, user } = options;
  const what = product === instance ? product : `${product} as ${instance}`;
  const lines = [
    '# Made by `bundle service install`, which replaces it; `bundle service uninstall` removes it.',
    ownerLine(root),
    '[Unit]',
    `Description=${specifiers(what)}, started by bundle`,
    ...(engineUnit === undefined ? [] : [`Requires=${engineUnit}`, `After=${engineUnit}`]),
    `RequiresMountsFor=${quoted(root)}`,
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    ...Object.entries(environment).map(
      ([name, value]) => `Environment=${quoted(`${name}=${value}`)}`,
    ),
    `ExecStart=${commandLine(command)}`,
    // The command itself waits for health, and may roll back to the previous release.
    'TimeoutStartSec=infinity',
    '',
    '[Install]',
    `WantedBy=${user ? 'default.target' : 'multi-user.target'}`,
  ];
  return { name: unitName(instance), text: `${lines.join('\n')}\n` };
}

/**
 * Quotes a command line. `$` begins a variable in arguments, but not in the program's path. systemd rejects a program
 * path with quotes, backslashes or control characters (string_is_safe in its load-fragment), so such a program is run
 * through a shell.
 */
function commandLine(words: readonly string[]): string {
  const isRefused = /["'\\\p{Cc}]/u.test(words[0] ?? '');
  const [program = '', ...rest] = isRefused ? ['/bin/sh', '-c', 'exec "$0" "$@"', ...words] : words;
  return [quoted(program), ...rest.map((word) => quoted(word).replaceAll('$', '$$$$'))].join(' ');
}

/** Quotes one word with any content: double quotes, C escapes, and `%` doubled (systemd.syntax(7), systemd.unit(5)). */
function quoted(word: string): string {
  const plain = /^[\w./:@=+,-]+$/.test(word);
  if (plain) return word;
  const escaped = word
    .replace(/[\\"]/g, '\\$&')
    .replace(/\p{Cc}/gu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${specifiers(escaped)}"`;
}

function specifiers(text: string): string {
  return text.replaceAll('%', '%%');
}
