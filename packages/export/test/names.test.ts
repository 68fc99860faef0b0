import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createLayoutEngine } from '@bundle/engine';
import { PathNames, reasonOf } from '@bundle/format';
import { makeLayout, numbersFrom, outputOf } from '@bundle/testkit';
import { openManifest, verifyBundle } from '@bundle/verify';
import { checkedFiles } from '../src/application/checked-files.ts';
import { planApplication } from '../src/application/plan.ts';
import { exportBundle } from '../src/export.ts';
import { anyPath } from './file-names.ts';
import { noPlugin, options, projectFolder, removeProject } from './project-folder.ts';

const run = promisify(execFile);
const seed = Number(process.env['BUNDLE_TEST_SEED'] ?? 1);
const count = 1000;
const quiet = { onProgress: () => undefined, signal: new AbortController().signal };
const reasons =
  /it has (?:a|bytes|.*[Nn]othing)|ends with a dot or a space|not in the composed form|begins like a drive|longer than|only in case|is a file and the folder|are one name|two files would be there/;

let work: string;
let project: string;
const at = (name: string): string => join(work, name);
/** Contents of each file on disk below the folder `files`, by its path in the bundle. */
const packed = new Map<string, string>();
const refused: string[] = [];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'names-'));
  project = await projectFolder({ 'compose.yml': 'services: { web: { image: "app:1" } }\n' });
  await makeLayout(at('layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
  const next = numbersFrom(seed);
  const names = new PathNames({ folded: true });
  for (let n = 0; n < count; n += 1) {
    const name = `files/${next(100)}/${anyPath(next)}`;
    const path = name.normalize('NFC');
    const reason = reasonAgainst(path) ?? names.add(path);
    if (reason !== undefined) {
      refused.push(reason);
      continue;
    }
    packed.set(path, `contents of ${n}`);
    await mkdir(dirname(join(project, name)), { recursive: true });
    await writeFile(join(project, name), `contents of ${n}`);
  }
});
afterAll(async () => {
  await removeProject(project);
  await rm(work, { recursive: true, force: true });
});

/** Returns the message that a user would get with only this file. */
function reasonAgainst(path: string): string | undefined {
  try {
    checkedFiles([], [{ path, content: { file: path }, executable: false, why: 'a test' }]);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Reads all files below `files`, by their paths in the file system. */
async function contentsOf(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(join(folder, 'files'), {
    recursive: true,
    withFileTypes: true,
  })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    found.set(file.slice(folder.length + 1), await readFile(file, 'utf8'));
  }
  return found;
}

async function exported(format: 'folder' | 'tar'): Promise<string> {
  const output = at(format);
  const plan = await planApplication(
    options(project, ['compose.yml'], { extraFiles: ['files'] }),
    noPlugin,
    {},
  );
  const choice = { output, format, force: false, pull: 'never', rebuild: false } as const;
  await exportBundle(createLayoutEngine(at('layout')), plan, { ...choice, ...quiet });
  return output;
}

test('names in every script and form are packed, or refused with the reason', () => {
  expect(packed.size + refused.length).toBe(count);
  expect(packed.size).toBeGreaterThan(count / 2);
  expect(refused.length).toBeGreaterThan(count / 20);
  for (const reason of refused) expect(reason).toMatch(reasons);
});

test('a bundle folder is read back, also by sha256sum', async () => {
  const folder = await exported('folder');
  expect(await contentsOf(folder)).toEqual(packed);
  expect((await verifyBundle(folder, quiet)).findings).toEqual([]);
  await run('sha256sum', ['--quiet', '-c', 'checksums.sha256'], { cwd: folder });
});

const bsdtar = process.env['BUNDLE_BSDTAR'];
describe('a single file', () => {
  let archive: string;
  beforeAll(async () => {
    archive = await exported('tar');
  });

  test('is read back', async () => {
    const { manifest } = await openManifest(archive);
    const paths = manifest.files
      .map(({ path }) => path)
      .filter((path) => path.startsWith('files/'));
    expect(new Set(paths)).toEqual(new Set(packed.keys()));
    expect((await verifyBundle(archive, quiet)).findings).toEqual([]);
  });

  test.each(['C', 'C.UTF-8'])('is unpacked by GNU tar in the locale %s', async (locale) => {
    expect(await unpackedBy('tar', locale)).toEqual({ code: 0, stderr: '' });
  });

  const ofBsdtar = bsdtar === undefined ? test.skip : test;
  ofBsdtar('is unpacked by bsdtar', async () => {
    expect(await unpackedBy(bsdtar ?? '', 'C.UTF-8')).toEqual({ code: 0, stderr: '' });
  });

  // It cannot represent most names there and warns of each, but the files are right.
  ofBsdtar('is unpacked by bsdtar in the locale C, with warnings', async () => {
    const { code, stderr } = await unpackedBy(bsdtar ?? '', 'C');
    expect(code).toBe(1);
    expect(
      stderr.replaceAll(/^.*(?:Pathname can't be converted|delayed from previous).*\n/gm, ''),
    ).toBe('');
  });

  /** Fails unless all files match the packed ones, for sha256sum as well. */
  async function unpackedBy(program: string, locale: string) {
    const folder = await mkdtemp(at('unpacked-'));
    const env = { ...process.env, LC_ALL: locale };
    const output = await outputOf(spawn(program, ['-xf', archive], { cwd: folder, env }));
    // A program that died says more than what it left.
    if (output.code > 1) throw new Error(`${program} ended with ${output.code}: ${output.stderr}`);
    expect(await contentsOf(folder)).toEqual(packed);
    await run('sha256sum', ['--quiet', '-c', 'checksums.sha256'], { cwd: folder, env });
    return { code: output.code, stderr: output.stderr };
  }
});
