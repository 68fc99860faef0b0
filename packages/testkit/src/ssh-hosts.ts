import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type EngineName, engineEnv, engineFolder, onEngine, remoteToolsPath } from './engines.ts';
import { writeAccounts } from './ssh-accounts.ts';

const run = promisify(execFile);

/** A host with an SSH server of its own, Debian's, in front of one of the private engines. */
export interface SshHost {
  /** Name that the `ssh` of the hosts knows. */
  readonly name: string;
  readonly port: number;
  /** State folder of the command on it. */
  readonly state: string;
  /** Bytes that went over its connections, in both directions. */
  readonly bytes: () => number;
  /** Calls back with these bytes after each piece. */
  onBytes: ((bytes: number) => void) | undefined;
  /** Kills the sessions of its server, as an administrator or the kernel may. */
  readonly killSessions: () => Promise<void>;
  /** Gives the server another host key. */
  readonly changeKey: () => Promise<void>;
}

/** Several hosts, and the environment in which `ssh` reaches them. */
export interface SshHosts {
  readonly hosts: readonly SshHost[];
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

export interface SshHostOptions {
  readonly name: string;
  readonly engine: EngineName;
  /** What commands on it find set. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Where its server is reached; `ssh` knows the port of an IPv4 address only. */
  readonly address?: '127.0.0.1' | '::1';
  /** With the accounts of `sshAccounts` beside root; for engines without a network namespace. */
  readonly accounts?: boolean;
}

/**
 * Starts hosts. `ssh` knows each under its name, and as NAME-unknown, NAME-refused and NAME-down: with a host key that
 * is not known, with a key of the user that the host does not know, and not at all. It reaches NAME-behind through the
 * first host, and NAME-lost through a host that is down. `work` is an empty folder with a short path.
 */
export async function startSshHosts(
  work: string,
  hosts: readonly SshHostOptions[],
): Promise<SshHosts> {
  const tools = await remoteToolsPath();
  await mkdir(join(work, 'bin'), { recursive: true });
  const launcher = `#!/bin/sh\nexec ${tools}/ssh -F ${work}/config "$@"\n`;
  await writeFile(join(work, 'bin/ssh'), launcher, { mode: 0o755 });
  await makeKey(tools, join(work, 'user'));
  await makeKey(tools, join(work, 'stranger'));
  const started = await Promise.all(hosts.map((options) => startHost(tools, work, options)));
  await writeFile(join(work, 'known_hosts'), started.map(({ known }) => known).join(''));
  const first = hosts[0]?.name ?? '';
  await writeFile(
    join(work, 'config'),
    [
      ...started.map(({ host: { name }, port }) => `Host ${name} ${name}-*\n  Port ${port}`),
      'Host *-unknown',
      '  UserKnownHostsFile /dev/null',
      'Host *-refused',
      `  IdentityFile ${work}/stranger`,
      'Host *-down',
      '  HostName 127.0.0.2',
      'Host *-behind',
      `  ProxyJump ${first}`,
      'Host *-lost',
      `  ProxyJump ${first}-down`,
      'Host * !*-refused',
      `  IdentityFile ${work}/user`,
      'Host * !*:*',
      '  HostName 127.0.0.1',
      'Host *',
      '  User root',
      '  IdentitiesOnly yes',
      '  StrictHostKeyChecking yes',
      `  UserKnownHostsFile ${work}/known_hosts`,
      '  GlobalKnownHostsFile /dev/null',
      '',
    ].join('\n'),
  );
  return {
    hosts: started.map(({ host }) => host),
    env: { PATH: [join(work, 'bin'), process.env['PATH']].join(delimiter) },
    stop: async () => {
      await Promise.all(started.map(({ stop }) => stop()));
    },
  };
}

async function startHost(
  tools: string,
  work: string,
  { name, engine, variables = {}, address = '127.0.0.1', accounts = false }: SshHostOptions,
): Promise<{ host: SshHost; port: number; known: string; stop: () => Promise<void> }> {
  const folder = join(work, name);
  const state = join(folder, 'state');
  await mkdir(join(folder, 'empty'), { recursive: true });
  await makeKey(tools, join(folder, 'host'));
  const port = await freePort();
  const engineVariables = await engineEnv(engine);
  const environment = { ...engineVariables, BUNDLE_STATE_DIR: state, ...variables };
  const netns = (await onEngine(engine, ['ip', 'netns', 'identify'])).stdout.trim();
  const inside = `ForceCommand exec nsenter --net=${folder}/netns sh -c "$SSH_ORIGINAL_COMMAND"`;
  const set = Object.entries(environment).map(([key, value]) => `"${key}=${value}"`);
  await writeFile(
    join(folder, 'sshd_config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${folder}/host`,
      // Readable for every account, unlike the folder.
      'AuthorizedKeysFile /run/user.pub',
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      `SetEnv ${set.join(' ')}`,
      // Commands see the network of their host, such as the ports that it publishes.
      ...(netns === '' ? [] : [inside]),
      '',
    ].join('\n'),
  );
  const passwd = (await readFile('/etc/passwd', 'utf8')).replaceAll(/^sshd:.*\n/gm, '');
  await writeFile(
    join(folder, 'passwd'),
    `${passwd}sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n`,
  );
  const socket = join(await engineFolder(engine), 'docker.sock');
  const path = engineVariables['PATH'] ?? '';
  const mounts = accounts
    ? await writeAccounts(tools, folder, { path, socket })
    : [`mount --bind "${folder}/passwd" /etc/passwd`];
  const start = () => startServer(tools, work, folder, { port, netns, mounts });
  let server = await start();
  const proxy = await startProxy(port, address);
  const { port: seen } = proxy.address;
  const host: SshHost = {
    name,
    port: seen,
    state,
    bytes: proxy.bytes,
    onBytes: undefined,
    killSessions: async () => {
      for (const pid of await childrenOf(server.pid ?? 0)) process.kill(pid, 'SIGKILL');
    },
    changeKey: async () => {
      await stopServer(server);
      await run('rm', [join(folder, 'host'), join(folder, 'host.pub')]);
      await makeKey(tools, join(folder, 'host'));
      server = await start();
    },
  };
  proxy.server.on('bytes', (bytes: number) => host.onBytes?.(bytes));
  const key = await readFile(join(folder, 'host.pub'), 'utf8');
  return {
    host,
    port: seen,
    known: `[${address}]:${seen} ${key}`,
    stop: async () => {
      await host.killSessions();
      await stopServer(server);
      proxy.stop();
    },
  };
}

/**
 * sshd needs an account and a folder that only its package creates, so it gets them in its own mount namespace. That one
 * has the network namespace of the host at `netns` in the folder.
 */
async function startServer(
  tools: string,
  work: string,
  folder: string,
  {
    port,
    netns,
    mounts,
  }: { readonly port: number; readonly netns: string; readonly mounts: readonly string[] },
): Promise<ChildProcess> {
  await writeFile(join(folder, 'netns'), '');
  const script = [
    ...(netns === '' ? [] : [`mount --bind /run/netns/${netns} "$1/netns"`]),
    'mount -t tmpfs -o mode=755 none /run',
    'mkdir -m 755 /run/sshd',
    `cp "${work}/user.pub" /run/`,
    ...mounts,
    'exec "$2" -D -e -f "$1/sshd_config"',
  ].join(' && ');
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', folder];
  const server = spawn('unshare', [...words, join(tools, 'sshd')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server.stderr.on('data', (chunk: Buffer) => void appendFile(join(folder, 'log'), chunk));
  for (let tries = 0; tries < 100; tries++) {
    if (await answers(port)) return server;
    await sleep(50);
  }
  throw new Error(`sshd does not start: ${await readFile(join(folder, 'log'), 'utf8')}`);
}

async function stopServer(server: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  await ended;
}

interface Proxy {
  readonly server: Server;
  readonly address: AddressInfo;
  readonly bytes: () => number;
  readonly stop: () => void;
}

/** Counts what goes to a port and comes from it. */
async function startProxy(port: number, at: string): Promise<Proxy> {
  let bytes = 0;
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.end());
      from.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        server.emit('bytes', bytes);
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, at, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { server, address, bytes: () => bytes, stop };
}

async function makeKey(tools: string, path: string): Promise<void> {
  await run(join(tools, 'ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent === pid) found.push(Number(name));
  }
  return found;
}
