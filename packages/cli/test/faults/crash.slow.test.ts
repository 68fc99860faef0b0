import { randomBytes } from 'node:crypto';
import { cp, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeLayout, makeSshKey, randomFrom, snapshot, sshPath } from '@bundle/testkit';
import { buildBundle } from '../../../import/test/build-bundle.ts';
import { bundle, finished, startBundle } from '../run-bundle.ts';
import { count, kills, seed, spread } from './kills.ts';
import { OfflineHost } from './offline-host.ts';
import { type Call, canTrace, pointName, trace } from './syscalls.ts';

// Kills commands before each system call that changes a name or makes bytes durable, and at random times; then also the
// run that recovers from it. What is left must be the old or the new state, and the next run must end in the new one.

interface Work {
  readonly row: string;
  readonly name: string;
  /** Makes what the work starts from, once. */
  readonly prepare: (host: OfflineHost) => Promise<void>;
  readonly words: (host: OfflineHost) => string[];
  /** Describes what a user has; throws if it is neither old nor new. */
  readonly seen: (host: OfflineHost) => Promise<string>;
  /** What may be seen after a kill; the last one is what a run leads to. */
  readonly states: readonly string[];
  /** Names below `changes` that may differ afterwards; everything else there is as in a run without a kill. */
  readonly changes: string;
}

async function releaseSeen(host: OfflineHost): Promise<string> {
  const current = await readlink(host.at('state/shop/current'));
  const folder = host.at(`state/shop/${current}`);
  for (const line of (await readFile(join(folder, 'checksums.sha256'), 'utf8')).split('\n')) {
    const [, sha256 = '', path = ''] = /^(\S+) {2}(.*)$/.exec(line) ?? [];
    if (path === '' || path.startsWith('images/') || path === 'bundle.json') continue;
    const { [path]: found } = await snapshot(folder);
    if (found?.split(' ')[1] !== sha256) throw new Error(`${path} of ${current} is ${found}`);
  }
  const history = await host.run('history', '--json');
  if (history.code !== 0) throw new Error(history.stdout);
  return current.replace(/^releases\/|-[0-9a-f]{12}$/g, '');
}

async function bundleSeen(host: OfflineHost): Promise<string> {
  const names = (await readdir(host.at('out'))).filter((name) => !name.startsWith('.'));
  const [name] = names.filter((one) => !/part\d+$/.test(one));
  if (name === undefined) return 'none';
  const { code, stdout } = await bundle(['verify', host.at(`out/${name}`), '--json']);
  if (code !== 0) throw new Error(`${name}: ${stdout}`);
  return JSON.parse((await bundle(['inspect', host.at(`out/${name}`), '--json'])).stdout).manifest
    .version;
}

const images = ['api', 'web'].map((name) => ({
  reference: `shop-${name}:2.0`,
  layers: [{ text: 'base' }, { text: randomBytes(100_000).toString('base64') }],
}));
const pack = (host: OfflineHost, name: string, version: string) =>
  buildBundle(host.at(name), undefined, { version, sequence: 20 });
const exporting = (host: OfflineHost, output: string, ...more: string[]): string[] => [
  ...['export', host.at('project/compose.yml'), '-o', host.at(`out/${output}`), '--no-runtime'],
  ...['--engine', `oci:${host.at('layout')}`, '--no-progress', '--release-version', '2.0'],
  ...['--cache', host.at('cache'), ...more],
];
async function prepareExport(host: OfflineHost): Promise<void> {
  await makeLayout(host.at('layout'), images);
  await mkdir(host.at('project'));
  await mkdir(host.at('out'));
  const services = images.map(({ reference }, index) => `s${index}: {image: "${reference}"}`);
  const compose = `name: shop\nservices: {${services.join(', ')}}\n`;
  await writeFile(host.at('project/compose.yml'), compose);
}
const listed = async (host: OfflineHost): Promise<string> => {
  const { code, stdout } = await host.run('trust', 'list', '--json');
  if (code !== 0) throw new Error(stdout);
  const { keys } = JSON.parse(stdout);
  return keys
    .map(({ principals, revoked }: { principals: string; revoked: boolean }) =>
      revoked ? `${principals} revoked` : principals,
    )
    .join();
};

const works: readonly Work[] = [
  {
    row: '50',
    name: 'export to a single file',
    prepare: prepareExport,
    words: (host) => exporting(host, 'app.tar'),
    seen: bundleSeen,
    states: ['none', '2.0'],
    changes: 'out',
  },
  {
    row: '50',
    name: 'export to a folder',
    prepare: prepareExport,
    words: (host) => exporting(host, 'app'),
    seen: bundleSeen,
    states: ['none', '2.0'],
    changes: 'out',
  },
  {
    row: '50',
    name: 'export in parts',
    prepare: prepareExport,
    words: (host) => exporting(host, 'app.tar', '--split', '100kB'),
    seen: bundleSeen,
    states: ['none', '2.0'],
    changes: 'out',
  },
  {
    row: '50',
    name: 'export in place of another bundle',
    prepare: async (host) => {
      await prepareExport(host);
      await buildBundle(host.at('out/app'), undefined, { version: '1.0' });
      await rm(host.at('out/app.layout'), { recursive: true });
    },
    words: (host) => exporting(host, 'app', '--force'),
    seen: bundleSeen,
    states: ['1.0', 'none', '2.0'],
    changes: 'out',
  },
  {
    row: '51',
    name: 'import',
    prepare: async (host) => void (await pack(host, 'newer.tar', '2.0')),
    words: (host) => host.words(host.at('newer.tar')),
    seen: releaseSeen,
    states: ['1.0', '2.0'],
    changes: 'state/shop',
  },
  {
    row: '51',
    name: 'sign',
    prepare: async (host) => {
      await pack(host, 'newer.tar', '2.0');
      await makeSshKey(host.work, 'ed25519', 'vendor');
    },
    words: (host) => ['sign', host.at('newer.tar'), '--key', host.at('vendor')],
    seen: async (host) => {
      const { code, stdout } = await bundle(['verify', host.at('newer.tar'), '--json']);
      if (code !== 0) throw new Error(stdout);
      return JSON.parse(stdout).signatures.length === 0 ? 'unsigned' : 'signed';
    },
    states: ['unsigned', 'signed'],
    changes: 'nowhere',
  },
  {
    row: '51',
    name: 'trust add',
    prepare: async (host) => {
      for (const name of ['one', 'two']) await makeSshKey(host.work, 'ed25519', name);
      await host.run('trust', 'add', host.at('one.pub'), '--name', 'one');
    },
    words: (host) => ['trust', 'add', host.at('two.pub'), '--name', 'two', '--yes'],
    seen: listed,
    states: ['one', 'one,two'],
    changes: 'state/_trust',
  },
  {
    row: '51',
    name: 'trust revoke',
    prepare: async (host) => {
      await makeSshKey(host.work, 'ed25519', 'one');
      await host.run('trust', 'add', host.at('one.pub'), '--name', 'one');
    },
    words: (host) => ['trust', 'revoke', host.at('one.pub'), '--yes'],
    seen: listed,
    states: ['one', 'one revoked'],
    changes: 'state/_trust',
  },
];

const onTracer = canTrace ? describe : describe.skip;

onTracer.each(works)('row $row: $name', ({ name, prepare, words, seen, states, changes }) => {
  let host: OfflineHost;
  let kept: string;
  const env = { PATH: sshPath };
  const log = (): string => `${kept}.log`;
  const final = states.at(-1) ?? '';
  beforeAll(async () => {
    host = await OfflineHost.make();
    await prepare(host);
    kept = `${host.work}.kept`;
    await cp(host.work, kept, { recursive: true, verbatimSymlinks: true });
  });
  afterAll(async () => {
    await host.remove();
    await rm(kept, { recursive: true, force: true });
  });
  const putBack = async (from = kept): Promise<void> => {
    await rm(host.work, { recursive: true });
    await cp(from, host.work, { recursive: true, verbatimSymlinks: true });
  };
  const runEnv = () => ({ ...env, BUNDLE_STATE_DIR: host.at('state') });
  /** Names in the folder that the work changes. The lock of a dead run stays until the next run takes it over. */
  const left = async (): Promise<string[]> => {
    const found = await readdir(host.at(changes), { recursive: true }).catch(() => []);
    const names = found.filter((path) => !/(?:^|\/)lock(?:\.takeover)?$/.test(path));
    return names.map((path) => path.replace(/[0-9a-f]{12,64}/g, '#')).sort();
  };

  let calls: readonly Call[];
  let whole: string[];
  let milliseconds: number;
  beforeAll(async () => {
    const result = await trace(words(host), log(), undefined, runEnv());
    expect({ code: result.code, stderr: result.stderr }).toMatchObject({ code: 0 });
    expect(await seen(host)).toBe(final);
    whole = await left();
    const inside = (paths: readonly string[]) => paths.some((path) => path.startsWith(host.work));
    calls = result.calls.filter(({ paths }) => inside(paths));
    expect(calls.map(({ name: one }) => one)).toContain('fsync');
    await putBack();
    const started = performance.now();
    await bundle(words(host), { env: runEnv() });
    milliseconds = performance.now() - started;
  });

  /** Checks what a kill left, runs it again, and checks that it is then complete. */
  const recovers = async (point: string): Promise<string> => {
    const state = await seen(host);
    if (!states.includes(state)) throw new Error(`${point}: ${state}`);
    const again = await bundle(words(host), { env: runEnv() });
    const isThere = again.code === 40 && state === final;
    if (again.code !== 0 && !isThere) throw new Error(`${point}, then: ${again.stderr}`);
    const then = await seen(host);
    if (then !== final) throw new Error(`${point}, then again: ${then}`);
    if (!isThere && JSON.stringify(await left()) !== JSON.stringify(whole))
      throw new Error(`${point}, left behind: ${await left()} instead of ${whole}`);
    return state === final ? 'new' : 'old, then new';
  };
  const recovered = async (point: string, recovering: boolean, bad: string[]): Promise<void> => {
    const outcome = await recovers(point).catch(({ message }) => {
      bad.push(message);
      return 'BAD';
    });
    await count({ victim: 'command', work: name, point, recovering, outcome });
  };
  const killedAt = async (at: string): Promise<boolean> =>
    (await trace(words(host), log(), at, runEnv())).code !== 0;

  test('what is moved into place was synced before, and its folder is synced afterwards', () => {
    // What lies in a partial folder is synced before that is moved; a layer in the cache is checked when it is read.
    const isOurs = (path: string): boolean =>
      !/\/(?:cache|engine|layout)\/|\.(?:partial|replaced)-/.test(path.replace(host.work, ''));
    const missing: string[] = [];
    for (const [index, { name, paths }] of calls.entries()) {
      const [from = '', to = ''] = paths;
      if (!/^rename/.test(name) || !isOurs(to)) continue;
      const syncs = (part: readonly Call[], path: string): boolean =>
        part.some((call) => /sync$/.test(call.name) && call.paths[0] === path);
      const isLink = from.endsWith('current.next');
      if (!isLink && !syncs(calls.slice(0, index), from)) missing.push(`before: ${to}`);
      if (!syncs(calls.slice(index), dirname(to))) missing.push(`after: ${to}`);
    }
    expect(missing).toEqual([]);
  });

  test('killed before a change of a name or a sync, the next run completes it', async () => {
    const bad: string[] = [];
    for (const call of spread(calls, kills)) {
      await putBack();
      const point = pointName(call, host.work);
      if (!(await killedAt(`${call.name}:signal=KILL:when=${call.nth}`))) continue;
      await recovered(point, false, bad);
    }
    expect(bad).toEqual([]);
  }, 900_000);

  test('killed again while it recovers, the third run completes it', async () => {
    const bad: string[] = [];
    const middle = spread(calls, Math.max(1, Math.floor(Math.sqrt(kills))));
    for (const first of middle) {
      await putBack();
      await killedAt(`${first.name}:signal=KILL:when=${first.nth}`);
      const halfway = `${kept}.halfway`;
      await cp(host.work, halfway, { recursive: true, verbatimSymlinks: true });
      const then = (await trace(words(host), log(), undefined, runEnv())).calls;
      for (const call of spread(then, Math.max(1, Math.floor(Math.sqrt(kills))))) {
        await putBack(halfway);
        const point = `${pointName(first, host.work)}, then ${pointName(call, host.work)}`;
        if (!(await killedAt(`${call.name}:signal=KILL:when=${call.nth}`))) continue;
        await recovered(point, true, bad);
      }
      await rm(halfway, { recursive: true });
    }
    expect(bad).toEqual([]);
  }, 900_000);

  test(`killed at any time, the next run completes it (seed ${seed})`, async () => {
    const bad: string[] = [];
    const random = randomFrom(seed);
    for (let round = 0; round < Math.ceil(kills / 3); round += 1) {
      await putBack();
      const child = startBundle(words(host), { env: runEnv() });
      const ended = finished(child);
      await sleep(milliseconds * (0.3 + 0.8 * random()));
      child.kill('SIGKILL');
      if ((await ended).code === 0) continue;
      await recovered('at random', false, bad);
    }
    expect(bad).toEqual([]);
  }, 900_000);
});
