import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BundleError, paths } from '@bundle/format';
import { openManifest, verifyBundle } from '@bundle/verify';
import { buildBundle, forms, quiet } from '../../import/test/build-bundle.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'signed-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));
const nameOf = (form: string): string => join(work, form === 'tar' ? 'shop.tar' : 'shop');

describe.each(forms)('a %s', (form) => {
  test('has a signature of the bytes of its bundle.json right after checksums.sha256', async () => {
    const signed: Buffer[] = [];
    const sign = async (bytes: Buffer): Promise<string> => {
      signed.push(bytes);
      return 'signature\n';
    };
    const { path, report } = await buildBundle(nameOf(form), undefined, { sign });
    expect(report.unsigned).toBeUndefined();
    const { bytes, signatures, source } = await openManifest(path);
    expect(signed).toEqual([bytes]);
    expect(signatures).toEqual(['signature\n']);
    const first = [paths.manifest, paths.checksums, paths.signature];
    if (form === 'tar') expect([...source.entries.keys()].slice(0, 3)).toEqual(first);
    expect((await verifyBundle(path, quiet)).findings).toEqual([]);
  });

  test('is complete but unsigned if signing failed, and the reason is reported', async () => {
    const error = new BundleError('signing-failed', { operation: 'signing' });
    const sign = () => Promise.reject(error);
    const { path, report } = await buildBundle(nameOf(form), undefined, { sign });
    expect(report.unsigned).toBe(error);
    expect((await openManifest(path)).signatures).toEqual([]);
    expect((await verifyBundle(path, quiet)).findings).toEqual([]);
  });

  test('that is signed can be replaced with --force', async () => {
    await buildBundle(nameOf(form), undefined, { sign: async () => 'signature' });
    const { path } = await buildBundle(nameOf(form), undefined, { force: true, version: '2.0' });
    expect((await openManifest(path)).signatures).toEqual([]);
  });

  test('is not written over a bundle that another run wrote meanwhile', async () => {
    const { path: other } = await buildBundle(join(work, form === 'tar' ? 'other.tar' : 'other'));
    const taken = nameOf(form);
    const sign = async (): Promise<string> => {
      await rename(other, taken);
      return 'signature';
    };
    await expect(buildBundle(taken, undefined, { sign })).rejects.toMatchObject({
      code: 'output-exists',
    });
    expect((await openManifest(taken)).signatures).toEqual([]);
  });

  test('is not written if signing was interrupted', async () => {
    const stop = new AbortController();
    const sign = async (): Promise<string> => {
      stop.abort();
      throw stop.signal.reason;
    };
    const options = { sign, signal: stop.signal };
    await expect(buildBundle(nameOf(form), undefined, options)).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect((await readdir(work)).filter((name) => !name.endsWith('.layout'))).toEqual([]);
  });
});

test('signatures beside the path of a new single file stop the export, and are removed with the replaced bundle', async () => {
  await writeFile(join(work, 'shop.tar.sig'), 'of another bundle');
  await expect(buildBundle(nameOf('tar'))).rejects.toMatchObject({ code: 'output-exists' });
  expect(await readFile(join(work, 'shop.tar.sig'), 'utf8')).toBe('of another bundle');
  const { path } = await buildBundle(nameOf('tar'), undefined, { force: true });
  expect((await openManifest(path)).signatures).toEqual([]);
});
