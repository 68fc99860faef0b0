import { type Reading, sbomLimits } from '../package.ts';
import { readApk } from './apk.ts';
import { readDpkg } from './dpkg.ts';
import { isJar, readJar } from './jar.ts';
import { readNpm } from './npm.ts';
import { readPython } from './python.ts';
import { readRpm } from './rpm.ts';

/** Reads files whose path says what they are. */
export interface Reader {
  readonly isFor: (path: string) => boolean;
  readonly maxBytes: number;
  /** Pure. Throws nothing but what a file with unusual content can cause. */
  readonly read: (bytes: Buffer, path: string) => Reading;
}

const { maxTextDatabaseBytes, maxRpmDatabaseBytes, maxMetadataBytes, maxJarBytes } = sbomLimits;
const pythonRoots = /(?:^|\/)(?:site|dist)-packages\//;

const readers: readonly Reader[] = [
  {
    isFor: (path) =>
      path === 'var/lib/dpkg/status' ||
      (path.startsWith('var/lib/dpkg/status.d/') && !path.endsWith('.md5sums')),
    maxBytes: maxTextDatabaseBytes,
    read: readDpkg,
  },
  {
    isFor: (path) => path === 'lib/apk/db/installed' || path === 'usr/lib/apk/db/installed',
    maxBytes: maxTextDatabaseBytes,
    read: readApk,
  },
  {
    isFor: (path) =>
      /^(?:var\/lib\/rpm|usr\/lib\/sysimage\/rpm|usr\/share\/rpm)\/(?:rpmdb\.sqlite|Packages\.db|Packages)$/.test(
        path,
      ),
    maxBytes: maxRpmDatabaseBytes,
    read: readRpm,
  },
  {
    // A package.json deeper in a package describes a part of it.
    isFor: (path) =>
      path.endsWith('/package.json') &&
      /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/.@][^/]*\/package\.json$/.test(path),
    maxBytes: maxMetadataBytes,
    read: readNpm,
  },
  { isFor: isPythonMetadata, maxBytes: maxMetadataBytes, read: readPython },
  { isFor: isJar, maxBytes: maxJarBytes, read: readJar },
];

/** Returns the reader of a file; undefined for almost all files. */
export function readerOf(path: string): Reader | undefined {
  return readers.find(({ isFor }) => isFor(path));
}

/** Takes distributions that Python finds: one inside a package is a copy of somebody else's, which pip does not list either. */
function isPythonMetadata(path: string): boolean {
  if (!/\.egg-info$|-INFO$|\/METADATA$/.test(path)) return false;
  const place =
    /^(?:(.*)\/)?([^/]+)(?:\.dist-info\/METADATA|\.egg-info\/PKG-INFO|\.egg\/EGG-INFO\/PKG-INFO|\.egg-info)$/.exec(
      path,
    );
  if (place === null) return false;
  const [, folder = '', name = ''] = place;
  // pip renames what it is about to delete so.
  if (name.startsWith('~')) return false;
  const inRoot = `${folder}/`.split(pythonRoots);
  return inRoot.length === 1 || inRoot.at(-1) === '';
}
