import { isThere } from '@bundle/files';
import { BundleError } from '@bundle/format';
import { currentOf } from './current.ts';
import { type Journal, readJournal } from './journal.ts';
import { listFolders } from './list-folders.ts';
import { readStaged, type StagedRelease, stagedNames } from './release.ts';
import { type Instance, instanceOf, kitPlacesOf, placesOf, releaseFolder } from './state-folder.ts';

/** Contents of the state folder for one instance, read at one moment. */
export interface InstanceState extends Instance {
  readonly product: string;
  /** Oldest first. */
  readonly releases: readonly StagedRelease[];
  /** Name of the release that `current` points to. */
  readonly current: string | undefined;
  readonly journal: Journal | undefined;
}

/** Lists all instances of a state folder, by name. */
export async function listInstances(stateDir: string): Promise<Instance[]> {
  const all = (await listFolders(stateDir)).map((name) => instanceOf(stateDir, name));
  const found: Instance[] = [];
  for (const one of all) if (await isThere(placesOf(one).releases)) found.push(one);
  return found;
}

/** Lists the names of all staged releases of all instances. */
export async function stagedReleases(
  stateDir: string,
): Promise<{ readonly instance: Instance; readonly name: string }[]> {
  const found: { instance: Instance; name: string }[] = [];
  for (const instance of await listInstances(stateDir))
    for (const name of await stagedNames(instance)) found.push({ instance, name });
  return found;
}

/** Lists the folders of all staged releases of all instances. */
export async function releaseFolders(stateDir: string): Promise<string[]> {
  return (await stagedReleases(stateDir)).map(({ instance, name }) =>
    releaseFolder(instance, name),
  );
}

/** Lists the folders that programs may be in: the kit of this host, then all releases. */
export async function programFolders(stateDir: string): Promise<string[]> {
  return [kitPlacesOf(stateDir).current, ...(await releaseFolders(stateDir))];
}

/** Finds the named instance; without a name, the only one. Fails with `release-not-found`. */
export async function chooseInstance(
  stateDir: string,
  name: string | undefined,
): Promise<InstanceState> {
  const all = await listInstances(stateDir);
  const chosen =
    name === undefined && all.length === 1 ? all[0] : all.find((one) => one.name === name);
  if (chosen !== undefined) return readInstance(chosen);
  throw new BundleError('release-not-found', {
    operation: 'looking for the application in',
    subject: stateDir,
    expected: name ?? 'one application',
    found: all.length === 0 ? 'none' : all.map((one) => one.name).join(', '),
    hint:
      all.length === 0
        ? 'Import its bundle first, or name the state folder with --state-dir.'
        : 'Name one of them with --name.',
  });
}

/** Reads the contents of the state folder for one instance. */
export async function readInstance({ name, root, stateDir }: Instance): Promise<InstanceState> {
  const instance = { name, root, stateDir };
  const journal = await readJournal(instance);
  const names = await stagedNames(instance);
  const releases = await Promise.all(names.map((one) => readStaged(instance, one)));
  releases.sort((a, b) => (a.staged < b.staged ? -1 : 1));
  const product = journal?.product ?? releases[0]?.manifest.product ?? name;
  return { ...instance, product, releases, current: await currentOf(instance), journal };
}

/** Finds a release by its version, its folder's name, or the beginning of its digest. Fails with `release-not-found`. */
export function findRelease(
  { releases, name, root }: Pick<InstanceState, 'releases' | 'name' | 'root'>,
  wanted: string,
): StagedRelease {
  const matching = releases.filter(
    (one) =>
      one.name === wanted ||
      one.manifest.version === wanted ||
      (wanted.length >= 6 && one.name.slice(-12).startsWith(wanted.replace(/^sha256:/, ''))),
  );
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  throw new BundleError('release-not-found', {
    operation: 'looking for a release of',
    subject: name,
    expected: wanted,
    found:
      matching.length > 1
        ? `several: ${matching.map((one) => one.name).join(', ')}`
        : `${releases.map((one) => one.manifest.version).join(', ') || 'none'} in ${root}`,
    hint:
      matching.length > 1 ? 'Name one of these folders.' : 'Import its bundle, or name another.',
  });
}
