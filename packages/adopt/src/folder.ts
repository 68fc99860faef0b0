import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isAtOrBelow } from '@bundle/compose';
import { compressionOfFile } from '@bundle/engine/archives';
import { hintBeside, ioError, isAbsence, namesBeside, withFile } from '@bundle/files';
import { BundleError, limits, paths } from '@bundle/format';
import { hasMagic } from '@bundle/format/tar-header';
import { readAt } from '@bundle/store';
import { isChecksumList, isSignature } from './checksum-list.ts';

/** What a file of the folder may be, from its name and its first bytes. */
export type FileKind = 'tar' | 'compressed' | 'checksums' | 'signature' | 'other';

export interface FolderFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly size: number;
  readonly kind: FileKind;
}

export interface FolderContents {
  readonly root: string;
  /** Sorted by path. */
  readonly files: readonly FolderFile[];
  /** What is not looked into, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** Folders whose files are not looked at one by one. */
const wholeFolders: Readonly<Record<string, string>> = {
  '.git': 'the history of the source',
  node_modules: 'packages that images have in them',
  'build-cache': 'a build cache, which bundle export makes again with what rebuilds need',
};

/** Lists a folder that people made by hand. Fails with `input-unreadable` if there is none, or too much is in it. */
export async function readFolder(folder: string): Promise<FolderContents> {
  const files: FolderFile[] = [];
  const skipped: { path: string; reason: string }[] = [];
  const root = await folderAt(folder);
  const visit = async (inside: string, depth: number): Promise<void> => {
    for (const name of (await readdir(join(root, inside))).sort()) {
      const path = inside === '' ? name : `${inside}/${name}`;
      const file = join(root, path);
      const reason = name.includes('\ufffd')
        ? 'its name is not UTF-8'
        : await reasonToSkip(file, name, root, depth);
      if (reason !== undefined) {
        skipped.push({ path, reason });
        continue;
      }
      const stats = await stat(file);
      if (stats.isDirectory()) await visit(path, depth + 1);
      else files.push({ path, file, size: stats.size, kind: await kindOf(file, stats.size) });
      if (files.length > limits.maxConfigFiles) throw tooMuch(root);
    }
  };
  try {
    await visit('', 0);
  } catch (error) {
    throw ioError(error, 'reading the folder', root, 'input-unreadable');
  }
  return { root, files, skipped };
}

async function folderAt(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    if (isAbsence(error)) throw await missing(folder);
    throw ioError(error, 'reading the folder', folder, 'input-unreadable');
  }
  throw new BundleError('input-unreadable', {
    operation: 'reading the folder',
    subject: folder,
    expected: 'a folder with image tars and a Compose file',
    found: 'a file',
    hint: 'Name the folder that the file is in.',
  });
}

async function missing(folder: string): Promise<BundleError> {
  const beside = await namesBeside(folder, (entry) => entry.isDirectory());
  return new BundleError('input-unreadable', {
    operation: 'reading the folder',
    subject: folder,
    expected: 'a folder with image tars and a Compose file',
    found: 'nothing there',
    hint: hintBeside(beside, 'Check the path.'),
  });
}

async function reasonToSkip(
  file: string,
  name: string,
  root: string,
  depth: number,
): Promise<string | undefined> {
  let real: string;
  try {
    real = await realpath(file);
  } catch {
    return 'a link that leads nowhere';
  }
  if (!isAtOrBelow(real, root)) return 'a link out of the folder';
  const stats = await stat(real);
  if (stats.isFile()) return undefined;
  if (!stats.isDirectory()) return 'neither a file nor a folder';
  if (real !== file) return 'a link to another folder in it';
  if (depth >= limits.maxPathDepth) return 'too many folders in one another';
  const isBundle = (await readdir(real)).includes(paths.manifest);
  return isBundle ? 'a bundle already' : wholeFolders[name];
}

async function kindOf(file: string, size: number): Promise<FileKind> {
  const isList = isChecksumList(basename(file));
  if (size < 16) return isList ? 'checksums' : 'other';
  const head = await withFile(file, 'r', (handle) => readAt(handle, 0, Math.min(512, size)));
  if (isList) return isSignature(head) ? 'signature' : 'checksums';
  if (compressionOfFile(head) !== undefined)
    return /\.(?:tgz|tzst|txz|tbz2?|tar(?:\.\w+)?)$|image/i.test(basename(file))
      ? 'compressed'
      : 'other';
  if (!hasMagic(head)) return /\.tar$/i.test(file) ? 'tar' : 'other';
  const first = head.toString('latin1', 0, paths.manifest.length + 1);
  return first === `${paths.manifest}\0` ? 'other' : 'tar';
}

function tooMuch(root: string): BundleError {
  return new BundleError('input-unreadable', {
    operation: 'reading the folder',
    subject: root,
    expected: `at most ${limits.maxConfigFiles} files`,
    found: 'more',
    hint: 'Name the folder with the image tars, the Compose file and its configuration alone.',
  });
}
