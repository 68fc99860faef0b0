// The modules of the public API: names after `offline-bundle/`, and the modules of the packages that they are.
// docs/api.md describes them.
import { join } from 'node:path';

export const apiModules = {
  format: 'format',
  store: 'store',
  verify: 'verify',
  'verify/validate': 'verify/validate',
  'verify/diff': 'verify/diff',
  engine: 'engine',
  'engine/compose': 'engine/compose-cli',
  export: 'export',
  import: 'import',
};

const packages = join(import.meta.dirname, '../../packages');

/** Returns the source file of a module of the API. */
export function sourceOf(name) {
  const [folder, entry = 'index'] = apiModules[name].split('/');
  return join(packages, folder, 'src', `${entry}.ts`);
}

/** Returns its type declarations, as the compiler writes them. */
export function declarationsOf(name) {
  return sourceOf(name).replace('/src/', '/dist/').replace(/\.ts$/, '.d.ts');
}
