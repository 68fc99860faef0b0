import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { makeSshKey } from '@bundle/testkit';
import { buildBundle, resign, rewrite } from '../../../import/test/build-bundle.ts';
import { OfflineHost } from './offline-host.ts';

let host: OfflineHost;
beforeEach(async () => {
  host = await OfflineHost.make();
});
afterEach(() => host.remove());

const pack = async (version: string, sequence: number): Promise<string> =>
  (await buildBundle(host.at(`${version}.tar`), undefined, { version, sequence })).path;

test('row 16: an older signed bundle needs a flag, and the log says that it was allowed', async () => {
  const key = await makeSshKey(host.work, 'ed25519', 'vendor');
  await host.run('trust', 'add', `${key}.pub`, '--name', 'vendor');
  const old = await pack('0.9', 9);
  expect(await host.run('sign', old, '--key', key)).toMatchObject({ code: 0 });
  expect(await host.refuses(old, 96)).toContain('--allow-older');
  expect(await host.import(old, '--allow-older')).toMatchObject({ code: 0 });
  expect(await host.current()).toMatch(/^releases\/0\.9-/);
  expect((await host.run('history')).stdout).toContain('older');
});

test('row 17: parts of two releases do not make a bundle, and the foreign part is named', async () => {
  for (const name of ['one', 'two']) {
    const text = randomBytes(40_000).toString('base64');
    await mkdir(host.at(name));
    await buildBundle(
      host.at(`${name}/shop.tar`),
      [{ reference: 'shop-api:1.0', layers: [{ text }] }],
      {
        version: '2.0',
        sequence: 20,
        partBytes: 20_000,
      },
    );
  }
  const parts = (await readdir(host.at('one'))).filter((name) => /part\d+$/.test(name));
  let foreign = 0;
  for (const part of parts) {
    const own = await readFile(host.at(`one/${part}`));
    // Room that was reserved and not used is alike in both.
    if (own.equals(await readFile(host.at(`two/${part}`)))) continue;
    foreign += 1;
    await copyFile(host.at(`two/${part}`), host.at(`one/${part}`));
    expect(await host.refuses(host.at('one/shop.tar.parts.json'), 74)).toContain(part);
    await writeFile(host.at(`one/${part}`), own);
  }
  expect(foreign).toBeGreaterThan(2);
  expect(await host.import(host.at('one/shop.tar.parts.json'))).toMatchObject({ code: 0 });
});

test('row 18: a bundle of another product does not become the next release of this one', async () => {
  const path = await pack('2.0', 20);
  await rewrite(path, (contents) =>
    resign(contents, (manifest) => {
      manifest.product = 'other';
    }),
  );
  await host.refuses(path, 86, '--name', 'shop');
});

test('row 19: the way back from an absurd sequence needs a flag, and a signature where one is required', async () => {
  expect(await host.import(await pack('9.0', Number.MAX_SAFE_INTEGER))).toMatchObject({ code: 0 });
  const two = await pack('2.0', 20);
  expect((await host.import(two)).code).toBe(96);
  const key = await makeSshKey(host.work, 'ed25519', 'vendor');
  await host.run('trust', 'add', `${key}.pub`, '--name', 'vendor');
  expect((await host.import(two, '--allow-older')).code).toBe(64);
  expect(await host.current()).toMatch(/^releases\/9\.0-/);
  await host.run('sign', two, '--key', key);
  expect(await host.import(two, '--allow-older')).toMatchObject({ code: 0 });
  const three = await pack('3.0', 21);
  await host.run('sign', three, '--key', key);
  expect(await host.import(three)).toMatchObject({ code: 0 });
});

test('row 20: a clock that was set back does not make an expired key valid', async () => {
  const key = await makeSshKey(host.work, 'ed25519', 'vendor');
  const path = await pack('2.0', 20);
  await host.run('sign', path, '--key', key);
  await host.run('trust', 'add', `${key}.pub`, '--name', 'vendor');
  const list = host.at('state/_trust/allowed_signers');
  const year = new Date().getFullYear();
  const text = await readFile(list, 'utf8');
  await writeFile(list, text.replace(/ (?=ssh-ed25519)/, ` valid-before="${year + 2}0101Z" `));
  // The clock has once shown the year after; now it shows this one again.
  const clock = { schemaVersion: 1, latest: `${year + 3}-01-01T00:00:00.000Z` };
  await writeFile(host.at('state/_trust/clock.json'), JSON.stringify(clock));
  await host.refuses(path, 68);
  expect((await host.run('trust', 'clock', '--yes')).code).toBe(0);
  expect(await host.import(path)).toMatchObject({ code: 0 });
});

test('row 20: the order of bundles does not depend on a clock', async () => {
  const [two, three] = [await pack('2.0', 20), await pack('3.0', 21)];
  for (const [path, created] of [
    [two, '2099-01-01T00:00:00Z'],
    [three, '1999-01-01T00:00:00Z'],
  ] as const) {
    await rewrite(path, (contents) =>
      resign(contents, (manifest) => {
        manifest.created = created;
      }),
    );
  }
  expect(await host.import(two)).toMatchObject({ code: 0 });
  expect(await host.import(three)).toMatchObject({ code: 0 });
  expect(await host.import(two)).toMatchObject({ code: 96 });
});
