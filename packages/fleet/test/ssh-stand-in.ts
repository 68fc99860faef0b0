import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Host } from '../src/hosts/host.ts';
import { type Connection, connect } from '../src/ssh/connection.ts';

/** Runs the line for a host here, as its login shell would, with a folder of its own as home. */
const script = `#!/bin/sh
while [ "$1" != -- ]; do shift; done
HOME=$HOSTS/$2; export HOME; unset BUNDLE_STATE_DIR XDG_STATE_HOME
exec "\${LOGIN_SHELL:-sh}" -c "$3"
`;

/** Hosts without a network: for answers, ends and shells that a real SSH server does not produce on demand. */
export class StandInHosts {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.folder = folder;
    const path = `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`;
    this.env = { ...process.env, PATH: path, HOSTS: folder };
  }

  static async make(): Promise<StandInHosts> {
    const hosts = new StandInHosts(await mkdtemp(join(tmpdir(), 'stand-in-')));
    await mkdir(join(hosts.folder, 'bin'));
    await writeFile(join(hosts.folder, 'bin/ssh'), script);
    await chmod(join(hosts.folder, 'bin/ssh'), 0o755);
    return hosts;
  }

  /** Makes a host whose command is a script; returns the path of the command. */
  async add(name: string, command: string): Promise<string> {
    await mkdir(join(this.folder, name), { recursive: true });
    const file = join(this.folder, name, 'bundle');
    await writeFile(file, `#!/bin/sh\n${command}\n`);
    await chmod(file, 0o755);
    return file;
  }

  connect(host: Host, shell = 'sh'): Promise<Connection> {
    const env = { ...this.env, LOGIN_SHELL: shell };
    return connect(host, join(this.folder, 'socket'), env, new AbortController().signal);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
