import { Readable } from 'node:stream';
import { Header } from 'tar/header';
import type { VolumeEntry } from './world.ts';

/** Name of the folder for a volume in such an archive, as in `docker cp`. */
export const volumeRoot = 'bundle-volume';

const block = 512;

/** Packs the content of a volume as the engine sends it: its own folder first, with owners and modes. */
export function packVolume(entries: readonly VolumeEntry[]): Readable {
  const root = { path: '.', type: 'Directory', mode: 0o755, uid: 0, gid: 0, content: '' } as const;
  const all = entries.some(({ path }) => path === '.') ? entries : [root, ...entries];
  const parts = all.map(({ path, type, mode, uid, gid, content }) => {
    const bytes = Buffer.from(content);
    const name = path === '.' ? `${volumeRoot}/` : `${volumeRoot}/${path}`;
    const header = Buffer.alloc(block);
    const mtime = new Date(0);
    new Header({ path: name, type, mode, uid, gid, mtime, size: bytes.length }).encode(header, 0);
    const padding = Buffer.alloc((block - (bytes.length % block)) % block);
    return Buffer.concat([header, bytes, padding]);
  });
  return Readable.from([...parts, Buffer.alloc(2 * block)], { objectMode: false });
}
