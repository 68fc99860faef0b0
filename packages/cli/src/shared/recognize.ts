import { kitPaths, paths, shellWord } from '@bundle/format';
import { blockBytes, hasMagic, isHeader, pathIn } from '@bundle/format/tar-header';

/** What a path given as a bundle turns out to be. */
export type Kind =
  | 'bundle'
  /** bundle.json alone. */
  | 'manifest'
  | 'part'
  | 'missing'
  /** Without bundle.json; its contents decide. */
  | 'folder'
  | 'saved images'
  | 'unpacked images'
  | 'folder of images'
  | 'kit'
  | 'other archive'
  | 'compressed'
  | 'zip'
  | 'compose'
  | 'spec'
  | 'project'
  | 'empty'
  | 'unknown';

/** Recognizes a file by its name and its beginning; a tar archive needs at least one block of it. */
export function kindOfFile(name: string, head: Buffer): Kind {
  if (head.length === 0) return 'empty';
  if (name === paths.manifest) return 'manifest';
  if (isCompressed(head)) return 'compressed';
  // Signature of the first entry, or of an archive in parts (PKWARE APPNOTE 4.3.7, 8.5.3).
  if (/^504b(0304|0708)/.test(head.toString('hex', 0, 4))) return 'zip';
  const first = firstOfTar(head);
  if (first !== undefined) return kindOfTar(first);
  if (head.includes(0)) return 'unknown';
  const text = head.toString('utf8');
  if (/^schemaVersion:/m.test(text)) return /^compose:/m.test(text) ? 'spec' : 'unknown';
  return /^services:/m.test(text) ? 'compose' : 'unknown';
}

/** Magic numbers of gzip (RFC 1952), zstd (RFC 8878), xz and bzip2. */
function isCompressed(head: Buffer): boolean {
  const magic = head.toString('hex', 0, 6);
  return /^(1f8b|28b52ffd|fd377a585a00|425a68)/.test(magic);
}

/**
 * Returns the name of the first file in a tar archive (POSIX.1-1988 ustar); undefined unless its first header is
 * complete.
 */
function firstOfTar(head: Buffer): string | undefined {
  const header = head.subarray(0, blockBytes);
  return hasMagic(header) && isHeader(header) ? pathIn(header, 'utf8') : undefined;
}

function kindOfTar(first: string): Kind {
  const name = first.replace(/^\.\//, '');
  if (name === paths.manifest) return 'bundle';
  if (name === kitPaths.manifest) return 'kit';
  // This header describes only the file after it.
  if (/^PaxHeaders?\b/.test(name)) return 'unknown';
  const ofLayouts =
    /^(blobs\/|[0-9a-f]{64}[/.]|manifest\.json$|repositories$|oci-layout$|index\.json$)/;
  return ofLayouts.test(name) ? 'saved images' : 'other archive';
}

/** Recognizes a folder without bundle.json by the names in it, and by what its archives are. */
export function kindOfFolder(names: readonly string[], files: readonly Kind[]): Kind {
  if (names.length === 0) return 'empty';
  // A bundle whose bundle.json is missing.
  if (names.includes(paths.checksums)) return 'unknown';
  if (names.includes('oci-layout') || names.includes('manifest.json')) return 'unpacked images';
  if (files.includes('saved images')) return 'folder of images';
  return names.some((name) => /^(docker-)?compose\.ya?ml$/.test(name)) ? 'project' : 'folder';
}

/** Says what was found in place of a bundle, and what to do with it. */
export function kindWords(kind: Kind, path: string): { found: string; hint: string } {
  const word = shellWord(path);
  switch (kind) {
    case 'saved images':
      return {
        found: 'images as `docker save` writes them, not a bundle',
        hint: `\`docker load -i ${word}\` loads the images alone; \`bundle adopt FOLDER\` makes a bundle of them and their Compose file.`,
      };
    case 'unpacked images':
      return {
        found: 'an image layout, not a bundle',
        hint: 'To make a bundle of the Compose file and the images, use `bundle export`.',
      };
    case 'kit':
      return {
        found: 'a kit, which has the programs of bundles and no application',
        hint: `Install it on this host: bundle kit ${word}`,
      };
    case 'other archive':
      return {
        found: `a tar archive that does not begin with ${paths.manifest}`,
        hint: `If a bundle folder was packed into it, unpack it (tar -xf ${word}) and name the folder.`,
      };
    case 'compressed':
      return {
        found: 'a compressed file',
        hint: 'A bundle is already compressed inside. Decompress the file (gunzip, unzstd, unxz), or unpack it, and name the result.',
      };
    case 'zip':
      return {
        found: 'a zip archive',
        hint: `Unpack it (unzip ${word}), and name what was in it.`,
      };
    case 'folder of images':
      return {
        found: 'a folder of image archives as `docker save` writes them, not a bundle',
        hint: `\`docker load -i FILE\` loads the images alone; with their Compose file, make a bundle of them: bundle adopt ${word}`,
      };
    case 'spec':
      return {
        found: 'a bundle spec, not a bundle',
        hint: `Make the bundle that it describes on the source side: bundle export ${word}`,
      };
    case 'compose':
      return {
        found: 'a Compose file, not a bundle',
        hint: `Make a bundle from it on the source side: bundle export ${word}`,
      };
    case 'project':
      return {
        found: 'a folder with a Compose file, not a bundle',
        hint: `Make a bundle from it on the source side: bundle export ${word}`,
      };
    case 'empty':
      return { found: 'nothing in it', hint: 'Copy the bundle again from its source.' };
    default:
      return {
        found: `no ${paths.manifest} and no bundle in it`,
        hint: 'Name the bundle: its folder, its .tar file, or the .parts.json file beside its parts.',
      };
  }
}
