import { join } from 'node:path';
import { type EngineName, exitOf, onEngine, startOnEngine } from './engines.ts';

const script = join(import.meta.dirname, '../../../scripts/lib/watch-packets.pl');

/** Attempts of an engine’s network namespace to reach anything outside itself. */
export interface Attempts {
  /** Count from the namespace’s own counters, which miss nothing. */
  readonly count: number;
  /** Packets seen on its interfaces meanwhile, to explain a count other than 0. */
  readonly packets: readonly string[];
}

/**
 * Counts attempts to reach anything during some work: for the engine and the commands by the packets they sent (RFC
 * 1213), for containers by the packets that had no way out. Without a count, no packets are reported: interfaces
 * that come up send some of their own (IPv6), addressed to nobody in particular.
 */
export async function attemptsDuring(
  engine: EngineName,
  work: () => Promise<void>,
): Promise<Attempts> {
  const watcher = startOnEngine(engine, ['perl', script]);
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    watcher.stdout?.on('data', (chunk: Buffer) => {
      lines.push(...chunk.toString('utf8').trim().split('\n'));
      resolve();
    });
    watcher.stderr?.on('data', (chunk: Buffer) => reject(new Error(chunk.toString('utf8'))));
  });
  try {
    const before = await counted(engine);
    await work();
    const count = (await counted(engine)) - before;
    return { count, packets: count === 0 ? [] : lines.filter((line) => line !== 'ready') };
  } finally {
    watcher.kill();
    await exitOf(watcher);
  }
}

async function counted(engine: EngineName): Promise<number> {
  const { stdout } = await onEngine(engine, ['cat', '/proc/net/snmp', '/proc/net/netstat']);
  const value = (group: string, name: string): number => {
    const [names = '', values = ''] = stdout
      .split('\n')
      .filter((line) => line.startsWith(`${group}:`));
    return Number(values.split(' ')[names.split(' ').indexOf(name)]);
  };
  return (
    value('Tcp', 'ActiveOpens') +
    value('Udp', 'OutDatagrams') +
    value('Ip', 'OutNoRoutes') +
    value('IpExt', 'InNoRoutes')
  );
}
