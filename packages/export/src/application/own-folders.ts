import { isAbsolute, resolve } from 'node:path';
import { effectivePlaces, type Lookup, type Variable } from '@bundle/compose';

/**
 * Gives what stands in a release for this machine's paths of the project, such as `DATA_FOLDER=/home/me/shop`: a path relative
 * to the Compose file, by the name of the variable. Only of variables that nothing but mounts uses. `pathOf` gives the path in
 * the bundle, undefined for what lies outside the project.
 */
export function ownFolders(
  variables: readonly Variable[],
  lookup: Lookup,
  pathOf: (path: string) => string | undefined,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const variable of variables) {
    const value = lookup(variable.name);
    const places = effectivePlaces(variable);
    const isOfMounts = places.every(
      ({ path: [top, , key] }) => top === 'services' && key === 'volumes',
    );
    if (!value || !isAbsolute(value) || places.length === 0 || !isOfMounts) continue;
    const path = pathOf(resolve(value));
    if (path !== undefined) found.set(variable.name, path === '' ? '.' : `./${path}`);
  }
  return found;
}
