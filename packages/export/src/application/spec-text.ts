import type { BundleSpec } from '@bundle/format';

/** Fields that `bundle init` decides about. */
export type ChosenSpec = Pick<
  BundleSpec,
  'product' | 'version' | 'compose' | 'profiles' | 'platform' | 'rebuild' | 'withSource'
>;

/** Writes a bundle spec as YAML, with a comment for each field. What was not chosen is there as a comment. */
export function specText(spec: ChosenSpec): string {
  const { product, version, compose, profiles, platform, rebuild, withSource } = spec;
  return `# What \`bundle export\` packs. Paths are relative to this file. All fields: docs/guide-export.md
schemaVersion: 1
# Name of the application; the same for all releases.
${field('product', product, 'shop')}
# Version of the release. When left out: the date of its newest image.
${field('version', version, '1.0.0')}
# Compose files, merged in this order.
${field('compose', compose, 'compose.yml')}
# Profiles to pack. When left out: all of them.
${field('profiles', profiles, [])}
# Platform of the offline host. When left out: that of the engine here.
${field('platform', platform, 'linux/amd64')}
# Whether images can be built again on the offline host, from changed source.
${field('rebuild', rebuild, true)}
# Whether the bundle carries the source for that.
${field('withSource', withSource, false)}
`;
}

/** Writes strings as JSON does, which YAML reads as strings whatever they look like. */
function field(name: string, value: unknown, example: unknown): string {
  return value === undefined
    ? `# ${name}: ${JSON.stringify(example)}`
    : `${name}: ${JSON.stringify(value)}`;
}
