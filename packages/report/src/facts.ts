import {
  type ComposeNeeds,
  carriedPermissions,
  composeNeeds,
  type Permission,
  permissionText,
  portName,
  readProject,
} from '@bundle/compose';
import {
  type BundleManifest,
  type Digest,
  dotEnv,
  limits,
  namedByPlatform,
  paths,
} from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { type Setting, settingsOf, settingsOfFile } from '@bundle/host/settings';
import type { DescribedImage, PackageChange } from '@bundle/sbom';
import { type BundleSource, type FindParts, readExtent, requireEntry } from '@bundle/store';
import type { Judgement } from '@bundle/trust';
import {
  type ImageCost,
  imageCosts,
  judgeSigned,
  type KnownBundle,
  type OpenedBundle,
  openKnownBundle,
  openManifest,
} from '@bundle/verify';
import { type BundleDiff, diffBundles } from '@bundle/verify/diff';

/** What a report shows of a bundle. */
export interface ReportFacts {
  readonly manifest: BundleManifest;
  readonly digest: Digest;
  readonly signatures: Judgement;
  readonly images: readonly ImageCost[];
  readonly services: readonly ServiceFacts[];
  readonly needs: ComposeNeeds;
  readonly permissions: readonly PermissionFact[];
  readonly settings: readonly Setting[];
  /** Packages inside the images, where the bundle lists them. */
  readonly packages?: readonly DescribedImage[];
  /** Changes since another bundle, where one was given. */
  readonly diff?: BundleDiff;
  /** Packages that changed since then, where both bundles list them. */
  readonly packageChanges?: readonly PackageChange[];
}

export interface ServiceFacts {
  readonly name: string;
  readonly image: string;
  /** As published on the host, such as `8080/tcp`. */
  readonly ports: readonly string[];
  readonly hasHealthCheck: boolean;
}

export interface PermissionFact {
  readonly service: string;
  readonly text: string;
}

/** Folder that stands for the release’s, which does not exist yet. */
const anyFolder = '/release';

/**
 * Collects what a report shows, from the files at the front of a bundle. `against`: a bundle or a bundle.json to
 * compare with. Fails as openManifest does.
 */
export async function reportFacts(
  bundle: string,
  { find, against, now }: { find?: FindParts; against?: string; now: Date },
): Promise<ReportFacts> {
  const opened = await openManifest(bundle, { ...find, headOnly: true });
  const { manifest, digest, source } = opened;
  const has = new Set(manifest.files.map(({ path }) => path));
  const text = (path: string): Promise<string> => readText(source, path);
  const compose = await text(paths.compose);
  const offline = has.has(paths.composeOffline) ? await text(paths.composeOffline) : '';
  const settings = await settingsIn(manifest, compose, text);
  const defaults = new Map(
    settings.filter(({ file }) => file === dotEnv).map((one) => [one.name, one.default]),
  );
  const lookup = (name: string): string | undefined => defaults.get(name);
  const needs = composeNeeds(compose, manifest.product, lookup);
  const files = [
    { path: paths.compose, text: compose },
    ...(offline === '' ? [] : [{ path: paths.composeOffline, text: offline }]),
  ];
  const permissions: readonly Permission[] = carriedPermissions(files, anyFolder, lookup);
  const shown = { ...manifest, images: [...namedByPlatform(manifest)] };
  return {
    manifest: shown,
    digest,
    signatures: await judgeSigned(opened, { now }),
    images: imageCosts(shown),
    services: servicesOf(compose, manifest, needs),
    needs,
    permissions: permissions.map((one) => ({ service: one.service, text: permissionText(one) })),
    settings,
    ...(await packagesIn(opened)),
    ...(against === undefined ? {} : await since(await openKnownBundle(against), opened)),
  };
}

/** Whether a bundle lists the packages inside its images. Only then is loaded what reads the list. */
function listsPackages({ source }: KnownBundle): boolean {
  return source?.entries.has(paths.sbom) === true;
}

async function packagesIn({
  manifest,
  source,
}: OpenedBundle): Promise<Pick<ReportFacts, 'packages'>> {
  if (!source.entries.has(paths.sbom)) return {};
  const { bundlePackages, memoryCache } = await import('@bundle/sbom');
  const images = manifest.images.filter(({ use }) => use === undefined);
  return { packages: await bundlePackages({ source, manifest }, images, memoryCache(), quiet) };
}

async function since(
  before: KnownBundle,
  after: OpenedBundle,
): Promise<Pick<ReportFacts, 'diff' | 'packageChanges'>> {
  const diff = await diffBundles(before, after);
  if (!listsPackages(before) || !listsPackages(after)) return { diff };
  const { memoryCache, packageChanges } = await import('@bundle/sbom');
  const { changes } = await packageChanges(before, after, memoryCache(), quiet);
  return { diff, packageChanges: changes };
}

/** Reading a list takes no time that anyone would wait for. */
const quiet = { onProgress: () => undefined, signal: new AbortController().signal };

async function settingsIn(
  { envFiles }: BundleManifest,
  compose: string,
  text: (path: string) => Promise<string>,
): Promise<Setting[]> {
  const composeDocument = parseYamlDocument(compose, paths.compose).value;
  const found = [settingsOf(composeDocument, await text(paths.envExample))];
  for (const { path, example } of envFiles) {
    if (path !== dotEnv) found.push(settingsOfFile(path, await text(example)));
  }
  return found.flat();
}

function servicesOf(
  compose: string,
  { images }: BundleManifest,
  needs: ComposeNeeds,
): ServiceFacts[] {
  const project = readProject(parseYamlDocument(compose, paths.compose).value);
  return Object.entries(project?.services ?? {}).map(([name, service]) => ({
    name,
    image: images.find(({ services }) => services.includes(name))?.reference ?? service.image ?? '',
    ports: [...new Set(needs.ports.filter((port) => port.service === name).map(portName))],
    hasHealthCheck: (service.healthcheck ?? undefined) !== undefined,
  }));
}

async function readText(source: BundleSource, path: string): Promise<string> {
  const extent = requireEntry(source, path);
  return (await readExtent(extent, limits.maxConfigFileBytes, path)).toString('utf8');
}
