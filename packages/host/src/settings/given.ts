import { BundleError, dotEnv } from '@bundle/format';
import type { Release } from '../release.ts';
import { keyOf, type Setting, type Values } from './setting.ts';

/**
 * Assigns given values to settings and returns them by key. `NAME` is a setting of `.env`, or else of the only env
 * file that has it; `FILE:NAME` is one of that file. Fails with `usage` for a name that matches no setting, or
 * several.
 */
export function placeGiven(
  { manifest }: Pick<Release, 'manifest'>,
  given: Values,
  settings: readonly Setting[],
): Values {
  const keys = new Set(settings.map(keyOf));
  const unknown: string[] = [];
  const placed = Object.entries(given).flatMap(([name, value]) => {
    const key = name.startsWith(`${dotEnv}:`) ? name.slice(dotEnv.length + 1) : name;
    if (keys.has(key)) return [[key, value]];
    const [only, ...others] = settings.filter((one) => one.name === name);
    if (only !== undefined && others.length === 0) return [[keyOf(only), value]];
    unknown.push(
      only === undefined ? name : `${name}, of ${[only, ...others].map(keyOf).join(' or ')}`,
    );
    return [];
  });
  if (unknown.length === 0) return Object.fromEntries(placed);
  throw new BundleError('usage', {
    operation: 'reading the settings given for',
    subject: `${manifest.product} ${manifest.version}`,
    expected: [...keys].join(', ') || 'none: this release has no settings',
    found: unknown.join(', '),
    hint: 'Correct --set or --env-file: NAME, or FILE:NAME for an env file of a service.',
  });
}
