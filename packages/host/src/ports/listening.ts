import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '@bundle/format';

/** A port on which a process of this machine listens. */
export interface ListeningSocket {
  readonly protocol: 'tcp' | 'udp';
  /** Empty for every address. Specific IPv6 addresses are written as in the kernel’s tables. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
  /** Name of a process that listens on it, where visible. */
  readonly process?: string;
}

const states = { tcp: '0A', udp: '07' } as const;

/** Parses the listening sockets in `/proc/net/tcp` and the like (proc_pid_net(5)). */
export function parseSockets(table: string, protocol: 'tcp' | 'udp'): ListeningSocket[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      if (state !== states[protocol]) return [];
      return [{ protocol, address: readable(address), port: Number.parseInt(port, 16), inode }];
    });
}

/** Reads an address from four-byte words in machine order, which is little-endian on all supported platforms. */
function readable(hex: string): string {
  if (/^0+$/.test(hex)) return '';
  const mapped = /^0{16}FFFF0000([0-9A-F]{8})$/i.exec(hex)?.[1] ?? hex;
  if (mapped.length !== 8) return hex;
  return (mapped.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

/** Finds the processes that listen on these ports of this machine; undefined where the kernel's tables cannot be read. */
export async function listeningOn(
  ports: ReadonlySet<number>,
): Promise<ListeningSocket[] | undefined> {
  const tables = [
    ['tcp', 'tcp'],
    ['tcp6', 'tcp'],
    ['udp', 'udp'],
    ['udp6', 'udp'],
  ] as const;
  const found: ListeningSocket[] = [];
  for (const [table, protocol] of tables) {
    const content = await readIfThere(join('/proc/net', table));
    // Without IPv6 there is no tcp6 file; if tcp is missing, there is no /proc.
    if (content === undefined && table === 'tcp') return undefined;
    found.push(...parseSockets(content ?? '', protocol).filter(({ port }) => ports.has(port)));
  }
  const owners = found.length === 0 ? new Map() : await ownersOf(found);
  return found.map((socket) => ({
    ...socket,
    ...(owners.has(socket.inode) ? { process: owners.get(socket.inode) } : {}),
  }));
}

/** Maps the inodes of sockets to the names of their processes; only root sees those of other users. */
async function ownersOf(sockets: readonly ListeningSocket[]): Promise<Map<string, string>> {
  const wanted = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  const owners = new Map<string, string>();
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const id of processes) {
    const links = await openFiles(id);
    for (const link of links.filter((one) => wanted.has(one))) {
      const name = await readIfThere(join('/proc', id, 'comm'));
      owners.set(link.slice('socket:['.length, -1), `${name?.trim() ?? '?'} (process ${id})`);
    }
  }
  return owners;
}

async function openFiles(id: string): Promise<string[]> {
  const folder = join('/proc', id, 'fd');
  try {
    const names = await readdir(folder);
    const links = await Promise.allSettled(names.map((name) => readlink(join(folder, name))));
    return links.flatMap((link) => (link.status === 'fulfilled' ? [link.value] : []));
  } catch {
    // The process has ended or belongs to another user, so it is not named.
    return [];
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const gone = ['ENOENT', 'ESRCH', 'EACCES'].includes(systemErrorCode(error) ?? '');
    if (gone) return undefined;
    throw error;
  }
}
