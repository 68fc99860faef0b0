import { appendFile, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine } from '@bundle/engine';
import type { ProgressEvent } from '@bundle/format';
import { makeLayout } from '@bundle/testkit';
import { openManifest } from '@bundle/verify';
import { checkedFiles } from '../src/application/checked-files.ts';
import { planApplication } from '../src/application/plan.ts';
import { exportBundle } from '../src/export.ts';
import { noPlugin, options, projectFolder, removeProject } from './project-folder.ts';

const never = new AbortController().signal;
const compose = 'services: { web: { image: "app:1", label_file: labels } }\n';
let folder: string;
let work: string;
const at = (name: string): string => join(work, name);
beforeEach(async () => {
  folder = await projectFolder({ 'compose.yml': compose, labels: 'a=b\n' });
  work = await mkdtemp(join(tmpdir(), 'named-'));
  await makeLayout(at('layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
});
afterEach(async () => {
  await removeProject(folder);
  await rm(work, { recursive: true, force: true });
});

const plan = (...extraFiles: string[]) =>
  planApplication(options(folder, ['compose.yml'], { extraFiles }), noPlugin, {});

async function packed(
  format: 'folder' | 'tar',
  onProgress: (event: ProgressEvent) => void,
  ...extraFiles: string[]
) {
  const application = await plan(...extraFiles);
  return exportBundle(createLayoutEngine(at('layout')), application, {
    ...{ output: at('out.tar'), format, force: false, pull: 'never', rebuild: false },
    ...{ onProgress, signal: never },
  });
}

test('a folder named by a spec is packed completely, whatever its size and number of files', async () => {
  await mkdir(join(folder, 'models/deep'), { recursive: true });
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  for (let n = 0; n < 30; n += 1) await writeFile(join(folder, `models/${n}.bin`), megabyte);
  for (let n = 0; n < 1200; n += 1) await writeFile(join(folder, `models/deep/${n}`), `${n}`);
  await packed('tar', () => undefined, 'models');
  const { manifest } = await openManifest(at('out.tar'));
  const models = manifest.files.filter(({ path }) => path.startsWith('models/'));
  expect(models).toHaveLength(1230);
  expect(models.reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(30 * 1024 * 1024);
});

test('a label_file larger than configuration is packed completely', async () => {
  await writeFile(join(folder, 'labels'), 'a=b\n'.repeat(5_000_000));
  await packed('tar', () => undefined);
  const { manifest } = await openManifest(at('out.tar'));
  expect(manifest.files.find(({ path }) => path === 'labels')?.size).toBe(20_000_000);
});

test('more files than a bundle can list are refused before anything is packed, with the limit', () => {
  const file = (n: number) => ({
    path: `data/${n}`,
    content: { file: `/p/data/${n}` },
    executable: false,
    why: 'named by the spec',
  });
  const many = Array.from({ length: 100_001 }, (_, n) => file(n));
  expect(() => checkedFiles([], many)).toThrow(
    expect.objectContaining({
      code: 'file-unsafe',
      message: expect.stringContaining('at most 100000 files in a bundle, found 100001'),
    }),
  );
  // Fewer files with long names are too many for bundle.json.
  const long = many
    .slice(0, 90_000)
    .map((one) => ({ ...one, path: `${one.path}-${'n'.repeat(80)}` }));
  expect(() => checkedFiles([], long)).toThrow(/bundle\.json of at most 16777216 bytes/);
});

describe.each(['tar', 'folder'] as const)('while a %s is written', (format) => {
  const large = (): string => join(folder, 'model.bin');

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['is removed', () => rm(large()), /^no such file or folder$/],
    ['grows', () => appendFile(large(), 'more'), /others/],
    ['shrinks', () => truncate(large(), 1_000_000), /others/],
    ['changes', () => writeFile(large(), Buffer.alloc(3_000_000, 'y')), /others/],
    ['becomes a folder', () => rm(large()).then(() => mkdir(large())), /EISDIR/],
  ])('a file that %s is named, and nothing is left behind', async (_name, change, found) => {
    await writeFile(large(), Buffer.alloc(3_000_000, 'x'));
    let changed: Promise<unknown> | undefined;
    const onProgress = ({ phase }: ProgressEvent): void => {
      if (phase === 'saving images') changed ??= change();
    };
    const error = await packed(format, onProgress, 'model.bin').catch((thrown: unknown) => thrown);
    await changed;
    expect(error).toMatchObject({
      code: 'input-unreadable',
      details: {
        subject: expect.stringMatching(/model\.bin$/),
        found: expect.stringMatching(found),
      },
    });
    expect(await readdir(work)).toEqual(['layout']);
  });
});

test('a file that disappears before it is read is named', async () => {
  await writeFile(join(folder, 'small'), 'x');
  const onProgress = ({ phase }: ProgressEvent): void => expect(phase).not.toBe('saving images');
  const application = await plan('small');
  await rm(join(folder, 'small'));
  const exported = exportBundle(createLayoutEngine(at('layout')), application, {
    ...{ output: at('out.tar'), format: 'tar', force: false, pull: 'never', rebuild: false },
    ...{ onProgress, signal: never },
  });
  await expect(exported).rejects.toMatchObject({
    code: 'input-unreadable',
    details: { subject: join(folder, 'small') },
  });
  expect(await readdir(work)).toEqual(['layout']);
});

test('an application of a thousand services is packed', async () => {
  const services = Array.from(
    { length: 1000 },
    (_, n) => `  s${n}:\n    image: "app:1"\n    volumes: ["./conf/${n}:/conf:ro"]\n`,
  );
  await writeFile(join(folder, 'compose.yml'), `services:\n${services.join('')}`);
  await mkdir(join(folder, 'conf'));
  for (let n = 0; n < 1000; n += 1) await writeFile(join(folder, `conf/${n}`), `${n}`);
  const { manifest } = await packed('tar', () => undefined);
  expect(manifest.images[0]?.services).toHaveLength(1000);
  expect(manifest.files.filter(({ path }) => path.startsWith('conf/'))).toHaveLength(1000);
});
