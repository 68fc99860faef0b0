import {
  carriedPermissions,
  checkCarriedFiles,
  isOwnTo,
  type Permission,
  permissionId,
  permissionsOf,
  permissionText,
  type ResolvedProject,
} from '@bundle/compose';
import { BundleError } from '@bundle/format';
import {
  addAllowed,
  carriedFiles,
  type Instance,
  placesOf,
  type Release,
  readAllowed,
} from '@bundle/host';
import type { Values } from '@bundle/host/settings';

/** Agrees to what an application asks for of its host; false: nobody did. */
export type Consent = (permissions: readonly Permission[]) => Promise<boolean>;

/**
 * Lists what a release asks for of this host and nobody has allowed yet, from its files. Fails with `compose-invalid` for
 * files that would run programs of the host or read files that are not the release's.
 */
export async function askedPermissions(release: Release, values: Values): Promise<Permission[]> {
  return unallowed(release.instance, await wantedPermissions(release, values));
}

/** Takes what runs already for allowed where nobody was asked yet: whoever started it did so without being asked. */
export async function allowRunning(running: Release, values: Values): Promise<void> {
  if ((await readAllowed(running.instance)) !== undefined) return;
  const wanted = await wantedPermissions(running, values);
  if (wanted.length > 0) await addAllowed(running.instance, wanted.map(permissionId));
}

async function wantedPermissions(release: Release, values: Values): Promise<Permission[]> {
  const files = await carriedFiles(release);
  checkCarriedFiles(files);
  return carriedPermissions(files, release.folder, (name) => values[name]);
}

/**
 * Lists the same from the project as Compose resolves it, which is what starts: settings of the environment, anchors and
 * merged files are in it.
 */
export function resolvedPermissions(
  { instance, folder }: Release,
  project: ResolvedProject,
): Promise<Permission[]> {
  const { files } = placesOf(instance);
  const isOwn = (path: string): boolean => isOwnTo(folder)(path) || isOwnTo(files)(path);
  return unallowed(instance, permissionsOf(project, isOwn));
}

async function unallowed(instance: Instance, wanted: readonly Permission[]): Promise<Permission[]> {
  const allowed = await readAllowed(instance);
  return wanted.filter((one) => allowed?.has(permissionId(one)) !== true);
}

/** Asks for what nobody has allowed yet. Fails with `consent-missing` where nobody agrees; keeps nothing. */
export async function askConsent(
  { manifest }: Pick<Release, 'manifest'>,
  permissions: readonly Permission[],
  consent: Consent,
): Promise<void> {
  if (permissions.length === 0 || (await consent(permissions))) return;
  const kinds = [...new Set(permissions.map(({ kind }) => kind))];
  throw new BundleError('consent-missing', {
    operation: 'starting',
    subject: `${manifest.product} ${manifest.version}`,
    expected: 'somebody who allows what it asks for of this host',
    found: permissions.map((one) => `${one.service} ${permissionText(one)}`).join('\n'),
    hint: `Nothing was started or stopped. To allow it for good: ${kinds.map((kind) => `--allow ${kind}`).join(' ')}`,
  });
}

/** The same, and keeps what is agreed to, so that the next release is not asked about it. */
export async function agreeTo(
  release: Release,
  permissions: readonly Permission[],
  consent: Consent,
): Promise<void> {
  await askConsent(release, permissions, consent);
  if (permissions.length > 0) await addAllowed(release.instance, permissions.map(permissionId));
}
