import type { Variable } from '@bundle/compose';
import type { Relocated } from './relocated-mounts.ts';

/**
 * Leaves out of variables the places that are without effect in a release, because the mount has another source there. A
 * required variable stays: Compose reads the file that names it before the one that replaces the mount.
 */
export function effectiveVariables(
  variables: readonly Variable[],
  written: unknown,
  changed: Relocated['changed'],
): Variable[] {
  const isReplaced = (name: string, { path, operator }: Variable['places'][number]): boolean => {
    const [top, service, key] = path;
    if (top !== 'services' || key !== 'volumes' || operator !== '') return false;
    const ofService = changed.get(String(service));
    const entry = valueAt(written, path.slice(0, 4));
    if (ofService?.has(entry) !== true) return false;
    return !new RegExp(`\\$\\{?${name}\\b`).test(JSON.stringify(ofService.get(entry)) ?? '');
  };
  return variables
    .map((variable) => ({
      ...variable,
      places: variable.places.filter((place) => !isReplaced(variable.name, place)),
    }))
    .filter(({ places }) => places.length > 0);
}

function valueAt(value: unknown, [key, ...rest]: readonly PropertyKey[]): unknown {
  if (key === undefined) return value;
  return typeof value === 'object' && value !== null
    ? valueAt(Reflect.get(value, key), rest)
    : undefined;
}
