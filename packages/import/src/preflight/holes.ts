import type { EngineInfo } from '@bundle/engine';

/** A published hole in a part of the engine that loads or contains what a bundle brings. */
interface Hole {
  readonly component: 'Docker' | 'containerd' | 'runc';
  readonly name: string;
  /** First fixed version of each line of versions, the oldest first; later lines never had it. */
  readonly fixed: readonly (readonly [major: number, minor: number, patch: number])[];
  readonly effect: string;
}

const holes: readonly Hole[] = [
  {
    component: 'Docker',
    name: 'CVE-2021-41190',
    fixed: [[20, 10, 11]],
    effect: 'one digest can stand for two images',
  },
  {
    component: 'containerd',
    name: 'CVE-2021-41190',
    fixed: [
      [1, 4, 12],
      [1, 5, 8],
    ],
    effect: 'one digest can stand for two images',
  },
  {
    component: 'containerd',
    name: 'CVE-2023-25153',
    fixed: [
      [1, 5, 18],
      [1, 6, 18],
    ],
    effect: 'an image can take all memory while it is loaded',
  },
  {
    component: 'runc',
    name: 'CVE-2024-21626',
    fixed: [[1, 1, 12]],
    effect: 'an image can reach the files of the host',
  },
];

/**
 * Describes the known holes of an engine, one text each. Versions of distributions, such as 20.10.24+dfsg1, are not
 * judged: they get fixes without a new number. Podman and image layouts have versions of their own.
 */
export function knownHoles(engine: EngineInfo): string[] {
  const { version, isPodman = false, runsContainers, components = {} } = engine;
  const own = runsContainers && !isPodman ? { Docker: version } : {};
  const versions: Readonly<Record<string, string>> = { ...components, ...own };
  return holes.flatMap(({ component, name, fixed, effect }) => {
    const found = versions[component];
    if (found === undefined || !isAffected(found, fixed)) return [];
    return [`${component} ${found} has ${name}: ${effect}`];
  });
}

function isAffected(version: string, fixed: Hole['fixed']): boolean {
  const [, ...numbers] = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(version) ?? [];
  if (numbers.length === 0) return false;
  const [major = 0, minor = 0, patch = 0] = numbers.map(Number);
  const line = (one: readonly number[]): number => (one[0] ?? 0) * 1000 + (one[1] ?? 0);
  const own = fixed.find((one) => line(one) === line([major, minor]));
  if (own !== undefined) return patch < own[2];
  return fixed.every((one) => line([major, minor]) < line(one));
}
