// Images for the measurements of scripts/benchmark.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { on, say } from './benchmark-tools.js';

export const imagesOf = (megabytes) => [`benchmark/a:${megabytes}`, `benchmark/b:${megabytes}`];

/**
 * Makes images of real files of this machine: two bases, and a layer on each. Above 2 GB small files are left out,
 * because the same million small files would measure the file system.
 */
export function makeImages(source, work, megabytes) {
  if (on(source, 'docker', 'images', '-q', imagesOf(megabytes)[1]).trim() !== '') return;
  say(`Making ${megabytes} MB of images…`);
  mkdirSync(work, { recursive: true });
  const context = join(work, 'context');
  const shares = { 'a-base': 0.35, 'a-app': 0.15, 'b-base': 0.35, 'b-app': 0.15 };
  const parts = Object.keys(shares);
  const find = ['/usr', '-xdev', '-type', 'f', '-size', '-4M', '-printf', '%s %p\n'];
  if (megabytes > 2000) find.splice(4, 0, '-size', '+64k');
  const files = execFileSync('find', find, { encoding: 'utf8', maxBuffer: 2 ** 28 })
    .trim()
    .split('\n')
    .map((line) => {
      const [, size, path] = /^(\d+) (.*)$/.exec(line);
      return { size: Number(size), path };
    });
  const filled = parts.map(() => 0);
  const copies = parts.map(() => []);
  for (
    let next = 0;
    filled.some((bytes, i) => bytes < shares[parts[i]] * megabytes * 1e6);
    next += 1
  ) {
    const { size, path } = files[next % files.length];
    // Add to the part that is furthest behind, so that all parts get the same mix of files: the number of files matters
    // to an engine as much as their bytes, and one image of small files would dominate the load.
    const behind = filled.map((bytes, i) => bytes / shares[parts[i]]);
    const part = behind.indexOf(Math.min(...behind));
    copies[part].push([
      path,
      join(context, parts[part], String(Math.floor(next / files.length)), path),
    ]);
    filled[part] += size;
  }
  // One image at a time, so that only one copy of the files is on disk.
  for (const side of ['a', 'b']) {
    rmSync(context, { recursive: true, force: true });
    const own = copies.filter((_, index) => parts[index].startsWith(side)).flat();
    for (const [from, to] of own) cpSync(from, to, { dereference: true });
    const dockerfile = `FROM scratch AS base\nCOPY ${side}-base /\nFROM base\nCOPY ${side}-app /app\nCMD ["/none"]\n`;
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    on(source, 'docker', 'build', '-q', '-t', `benchmark/${side}:${megabytes}`, context);
    on(source, 'docker', 'builder', 'prune', '-af');
  }
  rmSync(context, { recursive: true });
}
