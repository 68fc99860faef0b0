import { type BundleManifest, paths } from '@bundle/format';

/** The packages of one package manager that a bundle carries for dependencies that change offline. */
export interface CarriedCount {
  readonly ecosystem: string;
  /** Files of packages; one that two stages need is there twice. */
  readonly count: number;
  /** Stored bytes. */
  readonly bytes: number;
}

const packageFile = new RegExp(`^${paths.packagesDir}/\\d+/(apt|npm|pip)/([^/]+)$`);
/** Lists of packages for a package manager. */
const lists: readonly string[] = ['apt/Packages', 'npm/index.json'];

/** Counts the packages that a bundle carries, by package manager; empty if it carries none. */
export function carriedPackages({ files }: Pick<BundleManifest, 'files'>): CarriedCount[] {
  const counts = new Map<string, CarriedCount>();
  for (const { path, size } of files) {
    const [, ecosystem, name] = packageFile.exec(path) ?? [];
    if (ecosystem === undefined || lists.includes(`${ecosystem}/${name}`)) continue;
    const { count = 0, bytes = 0 } = counts.get(ecosystem) ?? {};
    counts.set(ecosystem, { ecosystem, count: count + 1, bytes: bytes + size });
  }
  return [...counts.values()].sort((one, other) => (one.ecosystem < other.ecosystem ? -1 : 1));
}
