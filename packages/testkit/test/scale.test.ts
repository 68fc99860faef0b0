import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const scale = await import(join(root, 'scripts/lib/scale.js'));
const parameters = scale.readParameters();

test('the tables of docs/scale.md are those of the simulation: scripts/scale --write', async () => {
  const document = await readFile(join(root, 'docs/scale.md'), 'utf8');
  expect(scale.withTables(document, scale.tables(parameters))).toBe(document);
  for (const name of ['first', 'update', 'limits', 'parameters']) {
    expect(document).toContain(`<!-- table: ${name} -->`);
  }
});

test('a changed figure changes the tables', () => {
  const slower = { ...parameters, link: { ...parameters.link, hostBytesPerSecond: 1e6 } };
  expect(scale.tables(slower).first).not.toEqual(scale.tables(parameters).first);
});

const source = { rate: 100, atOnce: 4 };

test.each([
  ['one host takes its own line', { hosts: 1, hostRate: 50 }, 20],
  ['four share the line of the sender', { hosts: 4, hostRate: 50 }, 40],
  ['eight come in two groups of four', { hosts: 8, hostRate: 50 }, 80],
  ['slow hosts do not fill the line', { hosts: 4, hostRate: 10 }, 100],
  ['none takes no time', { hosts: 0, hostRate: 50 }, 0],
])('%s', (_, given, seconds) => {
  const result = scale.fetchAll({ bytes: 1000, source, ...given });
  expect(result.seconds).toBeCloseTo(seconds);
  expect(result.fromSource).toBe(1000 * given.hosts);
});

test.each([1, 3, 7, 8, 100, 1000])(
  '%d hosts that send on need one round for each doubling',
  (hosts) => {
    const one = { rate: 100, atOnce: 1 };
    const { seconds, fromSource } = scale.fetchAll({
      ...{ hosts, bytes: 1000, hostRate: 100, source: one, peers: one },
    });
    const rounds = Math.ceil(Math.log2(hosts + 1));
    expect(seconds).toBeCloseTo(10 * rounds);
    // In the last round there may be fewer hosts than senders.
    expect(fromSource).toBe(1000 * rounds);
  },
);

test('more hosts never take less time or fewer bytes, and a limit is the last that fits', () => {
  for (const way of Object.keys(scale.ways)) {
    const results = [1, 2, 10, 50, 500].map((hosts) => scale.ways[way](parameters, hosts, 'first'));
    for (const [index, { seconds, bytes }] of results.entries()) {
      expect(seconds).toBeGreaterThanOrEqual(results[index - 1]?.seconds ?? 0);
      expect(bytes).toBeGreaterThanOrEqual(results[index - 1]?.bytes ?? 0);
    }
    const most = scale.hostsWithin(way, parameters, 'first', 600);
    if (!Number.isFinite(most)) continue;
    expect(scale.ways[way](parameters, most, 'first').seconds).toBeLessThanOrEqual(600);
    expect(scale.ways[way](parameters, most + 1, 'first').seconds).toBeGreaterThan(600);
  }
});
