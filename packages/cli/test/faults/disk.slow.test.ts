import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, cp, mkdir, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasSmallDisks, makeLayout } from '@bundle/testkit';
import { buildBundle, resign, rewrite, sha256 } from '../../../import/test/build-bundle.ts';
import { bundle } from '../run-bundle.ts';
import { spread } from './kills.ts';
import { list, OfflineHost } from './offline-host.ts';

// Sweeps the free space, or the number of files that a disk still takes, from none to enough. BUNDLE_TEST_SWEEP=1 takes
// every step on tmpfs and on ext4; otherwise a few steps on tmpfs.

const run = promisify(execFile);
const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';
const kinds = sweep ? ['tmpfs', 'ext4'] : ['tmpfs'];
const block = 4096;
const limited = ['space', 'inodes'] as const;

const images = ['api', 'web'].map((name) => ({
  reference: `shop-${name}:2.0`,
  layers: [{ text: 'base' }, { text: randomBytes(30_000).toString('base64') }],
}));

let host: OfflineHost;
let bundlePath: string;
interface Place {
  readonly name: string;
  /** Folder of the host that lies on the small disk. */
  readonly folder: string;
  readonly words: () => string[];
  /** Exit code of a refusal; absent: none is allowed. */
  readonly code?: number;
  /** Checks what a refusal leaves. */
  readonly old: (before: Awaited<ReturnType<OfflineHost['now']>>) => Promise<void>;
  readonly done: () => Promise<void>;
}

const isNew = async (): Promise<void> => {
  expect(await host.current()).toMatch(/^releases\/2\.0-/);
  const { code, stderr } = await host.import(bundlePath);
  expect({ code, stderr }).toMatchObject({ code: 0 });
};
const verifies = (output: string) => async (): Promise<void> => {
  const { code, stdout } = await bundle(['verify', host.at(output)]);
  expect({ code, stdout }).toMatchObject({ code: 0 });
};
const exporting = (output: string, ...more: string[]): string[] => [
  ...['export', host.at('compose.yml'), '-o', host.at(output), '--no-runtime', '--no-progress'],
  ...['--engine', `oci:${host.at('layout')}`, '--force', ...more],
];

const places: readonly (Place & { readonly row: string })[] = [
  {
    row: '57',
    name: 'the state folder',
    folder: 'state',
    words: () => host.words(bundlePath, '--ignore', 'state-disk'),
    code: 42,
    old: async (before) => {
      // S0 or S1: all of the state is as it was; the engine may have images.
      expect((await host.now()).state).toEqual(before.state);
    },
    done: isNew,
  },
  {
    row: '58',
    name: 'the engine',
    folder: 'engine',
    words: () => host.words(bundlePath, '--ignore', 'engine-disk'),
    code: 42,
    old: async (before) => {
      const { state, engine } = await host.now();
      expect(state).toEqual(before.state);
      expect(engine['index.json']).toEqual(before.engine['index.json']);
    },
    done: isNew,
  },
  {
    row: '57',
    name: 'the output',
    folder: 'out',
    words: () => exporting('out/app.tar', '--no-cache'),
    code: 42,
    old: async () => expect(await readdir(host.at('out'))).toEqual(['filler']),
    done: verifies('out/app.tar'),
  },
  {
    row: '57',
    name: 'the output as a folder',
    folder: 'out',
    words: () => exporting('out/app', '--no-cache'),
    code: 42,
    old: async () => expect(await readdir(host.at('out'))).toEqual(['filler']),
    done: verifies('out/app'),
  },
  {
    row: '57',
    name: 'the layer cache',
    folder: 'cache',
    words: () => exporting('cached.tar', '--cache', host.at('cache')),
    // A full cache stops nothing, so there is no exit code.
    old: async () => undefined,
    done: verifies('cached.tar'),
  },
];

const onDisk = hasSmallDisks ? describe : describe.skip;

onDisk.each(
  kinds.flatMap((kind) =>
    places.flatMap((place) => limited.map((limit) => ({ kind, limit, ...place }))),
  ),
)('row $row: too little $limit for $name on $kind', (place) => {
  const disk = (): string => host.at(place.folder);
  const filler = (): string => join(disk(), 'filler');
  let saved: string;

  beforeAll(async () => {
    host = await OfflineHost.make();
    const release = { version: '2.0', sequence: 20 };
    bundlePath = (await buildBundle(host.at('newer.tar'), images, release)).path;
    await makeLayout(host.at('layout'), images);
    const services = images.map(({ reference }, index) => `s${index}: {image: "${reference}"}`);
    await writeFile(host.at('compose.yml'), `name: shop\nservices: {${services.join(', ')}}\n`);
    saved = `${disk()}.saved`;
    await mkdir(disk(), { recursive: true });
    await cp(disk(), saved, { recursive: true, verbatimSymlinks: true });
    if (place.kind === 'tmpfs') {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=2m,nr_inodes=400,mode=0700', 'small', disk()]);
    } else {
      const image = `${disk()}.img`;
      await run('truncate', ['-s', '4M', image]);
      await run('mkfs.ext4', ['-q', '-F', '-b', String(block), '-N', '400', '-m', '0', image]);
      await run('mount', ['-o', 'loop', image, disk()]);
      await run('rmdir', [join(disk(), 'lost+found')]);
    }
  });
  afterAll(async () => {
    await run('umount', [disk()]);
    await host.remove();
  });

  const reset = async (): Promise<void> => {
    for (const name of await readdir(disk()))
      await rm(join(disk(), name), { recursive: true, force: true });
    await cp(saved, disk(), { recursive: true, verbatimSymlinks: true });
    // What is not on this disk begins again, too.
    if (place.folder === 'state') await begin('engine');
    if (place.folder === 'engine') await begin('state');
  };
  const begun = new Map<string, string>();
  const begin = async (folder: string): Promise<void> => {
    const first = begun.get(folder);
    if (first === undefined) {
      begun.set(folder, `${host.at(folder)}.first`);
      await cp(host.at(folder), `${host.at(folder)}.first`, {
        recursive: true,
        verbatimSymlinks: true,
      });
      return;
    }
    await rm(host.at(folder), { recursive: true });
    await cp(first, host.at(folder), { recursive: true, verbatimSymlinks: true });
  };

  /** Leaves this much: blocks of 4 KiB, or files. */
  const leave = async (count: number): Promise<void> => {
    if (place.limit === 'inodes') {
      await mkdir(filler());
      const { ffree } = await statfs(disk());
      for (let n = 0; n < Number(ffree) - count; n += 1)
        await writeFile(join(filler(), `${n}`), '');
      return;
    }
    const { bavail, bsize } = await statfs(disk());
    const bytes = Math.max(0, bavail * bsize - count * block);
    // ext4 keeps some blocks that it reports as free: then the disk is full earlier.
    await run('sh', [
      '-c',
      'head -c "$1" /dev/zero >"$2" 2>/dev/null || :',
      'sh',
      `${bytes}`,
      filler(),
    ]);
  };
  const used = async (): Promise<number> => {
    const { bfree, bsize, ffree } = await statfs(disk());
    return place.limit === 'inodes' ? -Number(ffree) : -(bfree * bsize) / block;
  };

  test('each amount ends in the old or the new state, and with room again in the new one', async () => {
    await reset();
    const atFirst = await used();
    expect(await bundle(place.words())).toMatchObject({ code: 0 });
    const taken = Math.ceil((await used()) - atFirst);
    expect(taken).toBeGreaterThan(0);
    const enough = taken + 4;
    await reset();
    const steps = Array.from({ length: enough + 1 }, (_, count) => count);
    const outcomes: string[] = [];
    for (const count of spread(steps, sweep ? 21 : 3)) {
      await reset();
      const before =
        place.folder === 'state' || place.folder === 'engine' ? await host.now() : undefined;
      await leave(count);
      const { code, stderr } = await bundle(place.words());
      outcomes.push(`${count}: ${code}`);
      if (code === 0) {
        await place.done();
      } else {
        expect({ count, code, stderr }).toMatchObject({ code: place.code ?? 0 });
      }
      if (code !== 0 && before !== undefined) {
        await rm(filler(), { recursive: true });
        await place.old(before);
      } else if (code !== 0) {
        await place.old({ engine: {}, state: {} });
        await rm(filler(), { recursive: true });
      } else {
        await rm(filler(), { recursive: true });
      }
      const again = await bundle(place.words());
      expect({ count, code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 });
      await place.done();
    }
    await report(outcomes);
  }, 600_000);

  const report = async (outcomes: readonly string[]): Promise<void> => {
    const log = process.env['BUNDLE_TEST_DISKS_LOG'];
    const { kind, limit, name } = place;
    if (log !== undefined)
      await appendFile(log, `${JSON.stringify({ kind, limit, name, outcomes })}\n`);
  };
});

onDisk('row 57: a disk that fills up after it was looked at', () => {
  test('a file that was written in part is no release, and with room again it is whole', async () => {
    host = await OfflineHost.make();
    try {
      const data = randomBytes(900_000);
      const { path } = await buildBundle(host.at('large'), undefined, {
        version: '2.0',
        sequence: 20,
      });
      await rewrite(path, (contents) => {
        contents.set('data/zz', data);
        resign(contents, (manifest) =>
          list(manifest, { path: 'data/zz', size: data.length, sha256: sha256(data) }),
        );
      });
      const state = host.at('small');
      const disk = `${state}.img`;
      await mkdir(state);
      await run('truncate', ['-s', '4M', disk]);
      await run('mkfs.ext4', ['-q', '-F', '-b', String(block), '-m', '0', disk]);
      await run('mount', ['-o', 'loop', disk, state]);
      try {
        const words = [...host.words(path, '--ignore', 'state-disk'), '--state-dir', state];
        const { bavail, bsize } = await statfs(state);
        await writeFile(join(state, 'filler'), Buffer.alloc(bavail * bsize - 700_000));
        expect(await bundle(words)).toMatchObject({ code: 42 });
        expect(await readdir(join(state, 'shop'))).not.toContain('current');
        await rm(join(state, 'filler'));
        expect(await bundle(words)).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/^Imported/),
        });
        expect(await readFile(join(state, 'shop/current/data/zz'))).toEqual(data);
      } finally {
        await run('umount', [state]);
      }
    } finally {
      await host.remove();
    }
  });
});
