// Copies the type declarations of the API with all that they need, so that the npm package depends on no other.
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix, relative } from 'node:path';
import { apiModules, declarationsOf } from './api-modules.js';

const packages = join(import.meta.dirname, '../../packages');
const specifiers = /(\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(['"])([^'"\n]+)\2/g;

/**
 * Copies them to TARGET/PACKAGE/…, and makes every import of another package a relative one. Declarations of Node.js
 * itself are expected from @types/node. Fails for one that cannot be found.
 */
export function copyTypes(target) {
  const waiting = Object.keys(apiModules).map(declarationsOf);
  const done = new Set();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (done.has(file)) continue;
    done.add(file);
    const own = placeOf(file);
    const text = readFileSync(file, 'utf8')
      .replace(/\/\/# sourceMappingURL=.*\n?$/, '')
      .replace(specifiers, (_, before, quote, id) => {
        if (id.startsWith('node:')) return `${before}${quote}${id}${quote}`;
        const found = resolve(id, file);
        waiting.push(found);
        const place = posix.relative(posix.dirname(own), placeOf(found));
        const path = (place.startsWith('.') ? place : `./${place}`).replace(
          /\.d\.(c?)ts$/,
          '.$1js',
        );
        return `${before}${quote}${path}${quote}`;
      });
    const copy = join(target, own);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, text);
  }
}

/** Returns the path of a declaration below the folder of types. */
function placeOf(file) {
  if (file.startsWith(packages) && !file.includes('/node_modules/'))
    return relative(packages, file).replace('/dist/', '/');
  return file.slice(file.lastIndexOf('/node_modules/') + '/node_modules/'.length);
}

function resolve(id, from) {
  const [, name, entry = 'index'] = /^@bundle\/([a-z]+)(?:\/([a-z-]+))?$/.exec(id) ?? [];
  if (name !== undefined) return join(packages, name, 'dist', `${entry}.d.ts`);
  const base = id.startsWith('.') ? join(dirname(from), id) : moduleOf(id, from);
  const found = [
    base.replace(/\.(c?)[jt]s$/, '.d.$1ts'),
    `${base}.d.ts`,
    join(base, 'index.d.ts'),
  ].find((path) => path.endsWith('.d.ts') && existsSync(path));
  if (found === undefined) throw new Error(`${from} imports ${id}, which has no declarations`);
  return found;
}

/** Returns the file of a library that Node.js would load; its declarations are beside it. */
function moduleOf(id, from) {
  const path = createRequire(realpathSync(from)).resolve(id);
  return path.replace(/\.cjs$/, '.js');
}
