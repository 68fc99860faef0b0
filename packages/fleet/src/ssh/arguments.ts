import type { Host } from '../hosts/host.ts';

/** Marks where the output of our own script begins: start-up files of a shell may print something before. */
export const mark = '@@bundle-deploy@@';

/**
 * Returns the options of every ssh that a deployment starts. The person's own configuration says how to reach a host;
 * what it adds for people at a terminal (forwarded ports, a command of its own) is switched off.
 */
function common({ port, user }: Host, socket: string): string[] {
  return [
    ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15', '-o', 'ServerAliveInterval=10'],
    ...['-o', 'LogLevel=ERROR', '-o', 'ClearAllForwardings=yes', '-o', 'RemoteCommand=none'],
    ...['-o', 'PermitLocalCommand=no', '-T', '-S', socket.replaceAll('%', '%%')],
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
  ];
}

/**
 * Returns the arguments of the connection that all others of this host share. It ends with its standard input, and so
 * with this process, however that ends.
 */
export function masterArguments(host: Host, socket: string): string[] {
  const command = `echo ${mark}; exec cat`;
  return [
    ...common(host, socket),
    ...['-o', 'ControlMaster=yes', '-o', 'ControlPersist=no'],
    ...['--', host.address ?? host.name, `exec sh -c ${quoted(command)}`],
  ];
}

/** Returns the arguments of a command over the shared connection; `words` are its `$1`, `$2` and so on. */
export function sessionArguments(
  host: Host,
  socket: string,
  script: string,
  words: readonly string[],
): string[] {
  const sudo = host.sudo === true ? 'sudo -n -- ' : '';
  const line = ['sh', '-c', `echo ${mark}; ${script}`, 'sh', ...words].map(quoted).join(' ');
  return [
    // Without the shared connection ssh would make one of its own, past the check of its end.
    ...['-o', 'ProxyCommand=exit 1', '-o', 'ControlMaster=no'],
    ...common(host, socket),
    ...['--', host.address ?? host.name, `exec ${sudo}${line}`],
  ];
}

/**
 * Quotes for any shell that an account may have; a bare word could be an alias or a keyword of one. Inside of quotation
 * marks fish takes a backslash for an escape, and csh an exclamation mark for a command from before.
 */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\!]/g, "'\\$&'")}'`;
}
