import { isAbsolute } from 'node:path';
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

/** Asks whether an application may have these permissions on its host; false if nobody agrees. */
export type Consent = (permissions: readonly Permission[]) => Promise<boolean>;

/**
 * Lists the permissions that the files of a release request on this host and nobody has granted yet. Fails with
 * `compose-invalid` for files that would run programs of the host, or read files outside the release.
 */
export async function askedPermissions(release: Release, values: Values): Promise<Permission[]> {
  return unallowed(release.instance, await wantedPermissions(release, values));
}

/**
 * Grants the permissions of the running release if nobody was ever asked: it was started by a command that did not ask.
 */
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
 * Lists the same from the resolved project, which is what Compose starts: it includes environment variables, anchors
 * and merged files.
 */
export function resolvedPermissions(
  { instance, folder }: Release,
  project: ResolvedProject,
): Promise<Permission[]> {
  const { files } = placesOf(instance);
  // Compose leaves a volume's folder relative unless `o` is `bind` alone: the engine takes it from its own folder, the root.
  const isOwn = (path: string): boolean =>
    isAbsolute(path) && (isOwnTo(folder)(path) || isOwnTo(files)(path));
  return unallowed(instance, permissionsOf(project, isOwn));
}

async function unallowed(instance: Instance, wanted: readonly Permission[]): Promise<Permission[]> {
  const allowed = await readAllowed(instance);
  return wanted.filter((one) => allowed?.has(permissionId(one)) !== true);
}

/** Asks for permissions that nobody has granted yet; stores nothing. Fails with `consent-missing` if nobody agrees. */
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
    expected: 'permission for what it requests from this host',
    found: permissions.map((one) => `${one.service} ${permissionText(one)}`).join('\n'),
    hint: `Nothing was started or stopped. To allow it permanently: ${kinds.map((kind) => `--allow ${kind}`).join(' ')}`,
  });
}

/**
 * Asks for permissions and stores the agreement, so that the next release need not ask again. Fails with
 * `consent-missing`.
 */
export async function agreeTo(
  release: Release,
  permissions: readonly Permission[],
  consent: Consent,
): Promise<void> {
  await askConsent(release, permissions, consent);
  if (permissions.length > 0) await addAllowed(release.instance, permissions.map(permissionId));
}
