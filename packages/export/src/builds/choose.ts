import { BundleError } from '@bundle/format';
import type { ApplicationPlan, PlannedBuild } from '../application/application.ts';

/** Builds to pack for rebuilds: all, none, or those of the named services. */
export type RebuildChoice = boolean | readonly string[];

/** Returns the chosen builds; fails with `spec-invalid` if a named service has no build. */
export function chooseBuilds(
  { builds }: Pick<ApplicationPlan, 'builds'>,
  choice: RebuildChoice,
): readonly PlannedBuild[] {
  if (typeof choice === 'boolean') return choice ? builds : [];
  const built = builds.flatMap(({ services }) => services);
  const unknown = choice.filter((service) => !built.includes(service));
  if (unknown.length > 0) {
    throw new BundleError('spec-invalid', {
      operation: 'choosing the builds to pack for rebuilds',
      expected: built.length === 0 ? 'a service with `build:`' : `some of ${built.join(', ')}`,
      found: unknown.join(', '),
      hint: 'Fix `rebuild:` in the spec: it takes services with a `build:` section, true or false.',
    });
  }
  return builds.filter(({ services }) => services.some((service) => choice.includes(service)));
}
