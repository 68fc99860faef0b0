/** A systemd unit that brings an application back after the host was started. */
export interface ServiceUnit {
  /** `bundle-NAME.service` */
  readonly name: string;
  readonly text: string;
}

export interface ServiceOptions {
  /** The instance, and the folder that its releases are in. */
  readonly instance: string;
  readonly root: string;
  readonly product: string;
  /** Words of the command that starts it; the first is an absolute path. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Unit of the engine, where it is known: it starts before, and when it is started again, so is the application. */
  readonly engineUnit?: string;
  /** Of a user's own service manager. */
  readonly user: boolean;
}

export function unitName(instance: string): string {
  return `bundle-${instance}.service`;
}

/** The line that says whose a unit is, for `status` and `uninstall`. */
export function ownerLine(root: string): string {
  return `# Application: ${JSON.stringify(root)}`;
}

/**
 * `systemd.service(5)`, of any version since 239. It is a start that ends (oneshot) and stays active, so that the manager
 * knows that the application is there; what runs is the engine's.
 */
export function serviceUnit(options: ServiceOptions): ServiceUnit {
  const { instance, root, product, command, environment, engineUnit, user } = options;
  const what = product === instance ? product : `${product} as ${instance}`;
  const lines = [
    '# Made by `bundle service install`, which makes it again; `bundle service uninstall` removes it.',
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
    // It waits for health itself, and may roll back to the previous release.
    'TimeoutStartSec=infinity',
    '',
    '[Install]',
    `WantedBy=${user ? 'default.target' : 'multi-user.target'}`,
  ];
  return { name: unitName(instance), text: `${lines.join('\n')}\n` };
}

/**
 * In arguments, but not in the program's path, `$` begins a variable. A path with quotes, backslashes or control characters
 * is refused (string_is_safe in systemd's load-fragment), so a shell runs that one.
 */
function commandLine(words: readonly string[]): string {
  const isRefused = /["'\\\p{Cc}]/u.test(words[0] ?? '');
  const [program = '', ...rest] = isRefused ? ['/bin/sh', '-c', 'exec "$0" "$@"', ...words] : words;
  return [quoted(program), ...rest.map((word) => quoted(word).replaceAll('$', '$$$$'))].join(' ');
}

/** One word, whatever is in it: double quotes, C escapes, and `%` doubled (systemd.syntax(7), systemd.unit(5)). */
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
