import { appendFile, copyFile, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobPath, paths } from '@bundle/format';
import { openBundle, requireEntry } from '@bundle/store';
import { makeSshKey, sshSign } from '@bundle/testkit';
import {
  buildBundle,
  type Contents,
  forms,
  resign,
  rewrite,
  sha256,
  type TestBundle,
  text,
} from '../../../import/test/build-bundle.ts';
import { tarFileHeader } from '../../../store/src/tar-format.ts';
import { bundle, startOnTerminal, Talk } from '../run-bundle.ts';
import { list, OfflineHost } from './offline-host.ts';
import { standInEngine } from './stand-in-engine.ts';

let host: OfflineHost;
beforeAll(async () => {
  host = await OfflineHost.make();
});
afterAll(() => host.remove());

const newerImages = [
  { reference: 'shop-api:2.0', layers: [{ text: 'base' }, { text: 'newer api' }] },
  { reference: 'shop-new:2.0', layers: [{ text: 'other base' }] },
];
let count = 0;
/** Packs release 2.0 at a new path. */
const newer = (form: string): Promise<TestBundle> => {
  count += 1;
  const path = host.at(form === 'tar' ? `newer-${count}.tar` : `newer-${count}`);
  return buildBundle(path, newerImages, { version: '2.0', sequence: 20 });
};
test('a good bundle makes the recorded engine change, so that a refused one is seen to leave it alone', async () => {
  const { path } = await newer('tar');
  const docker = await standInEngine(host.at('good.sock'), { Version: '28.5.2' });
  try {
    const where = ['--docker-host', docker.dockerHost, '--state-dir', host.at('good-state')];
    await bundle(['import', path, ...where, '--ignore', 'compose', '--yes', '--no-progress']);
    expect(docker.changes).not.toEqual([]);
  } finally {
    docker.close();
  }
});

function topLayer({ report }: TestBundle): string {
  const digest = report.manifest.images[0]?.layers[1]?.digest;
  if (digest === undefined) throw new Error('no layer');
  return blobPath(digest);
}
async function changed(
  form: string,
  change: (contents: Contents, layer: string) => void,
): Promise<{ path: string; layer: string }> {
  const made = await newer(form);
  const layer = topLayer(made);
  await rewrite(made.path, (contents) => change(contents, layer));
  return { path: made.path, layer };
}
const bytesOf = (contents: Contents, path: string): Buffer => Buffer.from(contents.get(path) ?? '');
function flip(contents: Contents, path: string, position: number): void {
  const bytes = bytesOf(contents, path);
  const at = position < 0 ? bytes.length + position : position;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  contents.set(path, bytes);
}

describe.each(forms)('in a %s', (form) => {
  test('row 1: one bit of a layer, a document or a file is found, and the file is named', async () => {
    for (const file of ['layer', paths.imageIndex, paths.compose, 'scripts/start.sh']) {
      const { path, layer } = await changed(form, (contents, top) =>
        // A digit of the Compose file, which stays valid.
        flip(contents, file === 'layer' ? top : file, file === paths.compose ? -5 : -1),
      );
      const words = await host.refuses(path, 51);
      expect(words).toContain(file === 'layer' ? layer : file);
    }
  });

  test('row 6: a file that is not listed is named', async () => {
    const { path } = await changed(form, (contents) => contents.set('extra.sh', Buffer.from('rm')));
    expect(await host.refuses(path, 54)).toContain('extra.sh');
  });

  test('row 7: a missing file is named', async () => {
    const { path, layer } = await changed(form, (contents, top) => contents.delete(top));
    expect(await host.refuses(path, 52)).toContain(layer);
  });

  test('row 8: a file of another size is named', async () => {
    for (const change of [
      (bytes: Buffer) => bytes.subarray(0, -1),
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)]),
    ]) {
      const { path, layer } = await changed(form, (contents, top) =>
        contents.set(top, change(bytesOf(contents, top))),
      );
      expect(await host.refuses(path, 53)).toContain(layer);
    }
  });

  test('row 9: what is swapped while the question is open is never installed', async () => {
    for (const file of ['layer', paths.manifest, paths.imageIndex, paths.compose]) {
      const made = await newer(form);
      const extent = requireEntry(
        await openBundle(made.path),
        file === 'layer' ? topLayer(made) : file,
      );
      const [before, images] = [await host.now(), await host.images()];
      const words = host.words(made.path).filter((word) => word !== '--yes');
      const session = new Talk(startOnTerminal(words));
      await session.shows('(Y/n)');
      const handle = await open(extent.file, 'r+');
      await handle.write(Buffer.alloc(8, '#'), 0, 8, extent.offset + extent.size - 8);
      await handle.close();
      session.type('y\r');
      const { code, stdout } = await session.result;
      expect({ file, code, stdout }).toMatchObject({ code: 51 });
      // S1: the engine may have another image. Nothing else differs, and the images of 1.0 are what they were.
      expect((await host.now()).state).toEqual(before.state);
      expect(await host.images()).toEqual(expect.arrayContaining(images));
    }
  }, 30_000);

  test('row 13: index.json with another image, and manifest.json with another name, are refused', async () => {
    const second = await changed(form, (contents) => {
      const index = JSON.parse(text(contents, paths.imageIndex));
      const annotations = { 'io.containerd.image.name': 'docker.io/library/precious:latest' };
      index.manifests.push({ ...index.manifests[0], annotations });
      contents.set(paths.imageIndex, Buffer.from(JSON.stringify(index)));
      resign(contents, () => undefined);
    });
    expect(await host.refuses(second.path, 57)).toContain(paths.imageIndex);
    const tagged = await changed(form, (contents) => {
      const list = text(contents, paths.dockerManifest);
      const named = list.replace('"RepoTags":["', '"RepoTags":["precious:latest","');
      expect(named).not.toBe(list);
      contents.set(paths.dockerManifest, Buffer.from(named));
      resign(contents, () => undefined);
    });
    expect(await host.refuses(tagged.path, 57)).toContain(paths.dockerManifest);
  });

  test('row 12: a document that is image index and image manifest at once is refused', async () => {
    const { path } = await changed(form, (contents) => {
      const index = JSON.parse(text(contents, paths.imageIndex));
      const [first] = index.manifests;
      const old = String(first.digest).slice('sha256:'.length);
      const file = `${paths.blobsDir}/${old}`;
      const bytes = Buffer.from(text(contents, file).replace('{', '{"manifests":[],'));
      const now = sha256(bytes);
      first.size = bytes.length;
      contents.set(paths.imageIndex, Buffer.from(JSON.stringify(index)));
      for (const [name, content] of [...contents]) {
        contents.delete(name);
        if (name === file) contents.set(`${paths.blobsDir}/${now}`, bytes);
        else if (name === paths.manifest || name === paths.imageIndex)
          contents.set(name, Buffer.from(content.toString().replaceAll(old, now)));
        else contents.set(name, content);
      }
      resign(contents, () => undefined);
    });
    await host.refuses(path, 57);
  });
});

test('row 8: a file that seems to have no end is not read to its end', async () => {
  const { path } = await newer('folder');
  await truncate(join(path, 'scripts/start.sh'), 500e9);
  expect(await host.refuses(path, 53)).toContain('scripts/start.sh');
});

test('row 10: a bundle swapped after inspect has another identity', async () => {
  const made = await newer('tar');
  const { stdout } = await bundle(['inspect', made.path, '--json']);
  const { digest } = JSON.parse(stdout);
  const other = await buildBundle(host.at('swapped.tar'), newerImages, {
    version: '2.1',
    sequence: 21,
  });
  await copyFile(other.path, made.path);
  const words = await host.refuses(made.path, 79, '--expect-digest', digest);
  expect(words).toContain(digest);
});

// BUNDLE_TEST_SWEEP=1 also changes a byte past each limit, which takes minutes.
const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';
/** SHA-256 of 8 GiB and 5 bytes: all zero, but for an `x` past 2 GiB, 4 GiB and at the end. */
const largeBytes = 8 * 2 ** 30 + 5;
const largeSha256 = '379c3d73de26de2a47e6d2576fe44c5252efab7ccc3703bdae3ca170177bc82f';
const marks = [2 * 2 ** 30 + 3, 4 * 2 ** 30 + 3, largeBytes - 1];

test('row 11: every byte of a file larger than 2, 4 and 8 GiB is checked', async () => {
  const { path } = await newer('tar');
  const tar = host.at('large.tar');
  const head: Buffer[] = [];
  const rest: Buffer[] = [];
  await rewrite(path, (contents) => {
    resign(contents, (manifest) => {
      list(manifest, { path: 'large', size: largeBytes, sha256: largeSha256 });
    });
    for (const [name, content] of contents) {
      const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
      const place = name.startsWith(paths.blobsDir) ? rest : head;
      place.push(tarFileHeader(name, content.length, false, new Date(0)), content, padding);
    }
    head.push(tarFileHeader('large', largeBytes, false, new Date(0)));
  });
  await writeFile(tar, Buffer.concat(head));
  const start = Buffer.concat(head).length;
  await truncate(tar, start + Math.ceil(largeBytes / 512) * 512);
  await appendFile(tar, Buffer.concat([...rest, Buffer.alloc(1024)]));
  const file = await open(tar, 'r+');
  for (const mark of marks) await file.write('x', start + mark);
  // The digest is right only if every byte counts.
  const good = await bundle(['verify', tar, '--no-progress']);
  expect({ code: good.code, stderr: good.stderr }).toMatchObject({ code: 0 });
  for (const mark of sweep ? marks : []) {
    await file.write('y', start + mark);
    const bad = await bundle(['verify', tar, '--no-progress']);
    expect(bad.code).toBe(51);
    expect(bad.stdout + bad.stderr).toContain('large');
    expect(await host.leavesDocker(tar)).toBe(51);
    await file.write('x', start + mark);
  }
  await file.close();
  await rm(tar);
}, 300_000);

describe('where a key is trusted', () => {
  let key: string;
  beforeAll(async () => {
    key = await makeSshKey(host.work, 'ed25519', 'vendor');
    expect(await host.run('trust', 'add', `${key}.pub`, '--name', 'vendor')).toMatchObject({
      code: 0,
    });
  });
  const signed = async (by = key, form = 'tar'): Promise<string> => {
    const { path } = await newer(form);
    expect(await host.run('sign', path, '--key', by)).toMatchObject({ code: 0 });
    return path;
  };

  test('row 2: an edited bundle.json is refused although everything in it agrees', async () => {
    for (const form of forms) {
      const path = await signed(key, form);
      await rewrite(path, (contents) =>
        resign(contents, (manifest) => {
          manifest.version = '2.0-evil';
        }),
      );
      await host.refuses(path, 65);
    }
  });

  test('row 3: an unsigned bundle is refused', async () => {
    for (const form of forms) await host.refuses((await newer(form)).path, 64);
  });

  test('row 4: an unknown, an expired and a revoked key are refused', async () => {
    const other = await makeSshKey(host.work, 'ecdsa-256', 'other');
    await host.refuses(await signed(other), 66);
    const list = host.at('state/_trust/allowed_signers');
    const line = (await readFile(`${other}.pub`, 'utf8')).trim();
    await appendFile(list, `other valid-before="20200101Z" ${line}\n`);
    await host.refuses(await signed(other), 68);
    const revoked = await makeSshKey(host.work, 'ecdsa-384', 'revoked');
    await host.run('trust', 'add', `${revoked}.pub`, '--name', 'revoked');
    const path = await signed(revoked);
    await host.run('trust', 'revoke', 'revoked');
    await host.refuses(path, 67);
  });

  test('row 5: a valid signature for another purpose is refused', async () => {
    const { path } = await newer('folder');
    const bytes = await readFile(join(path, paths.manifest));
    await writeFile(join(path, paths.signature), await sshSign(key, 'file', bytes));
    await host.refuses(path, 65);
  });

  test('rows 2 to 5: the same bundle with the right signature is accepted', async () => {
    // Last: from here on another release is current.
    expect(await host.import(await signed())).toMatchObject({ code: 0 });
  });
});
