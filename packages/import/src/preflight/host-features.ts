import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Feature } from '@bundle/compose';
import { isThere } from '@bundle/files';
import { defined, systemErrorCode } from '@bundle/format';
import { type HostFeatures, sysctlFile } from './features.ts';

/** Folders in the PATH of system services. */
const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];
const nvidiaProgram = 'nvidia-container-runtime-hook';

/** Checks this machine for the features that services need. Changes nothing. */
export async function hostFeatures(
  features: readonly Feature[],
  searched = process.env['PATH'] ?? '',
): Promise<HostFeatures> {
  const places = features.flatMap(({ kind, detail }) =>
    kind === 'sysctl' ? [sysctlFile(detail)] : kind === 'device' ? [detail] : [],
  );
  const missing = new Set<string>();
  for (const place of places)
    if (place.startsWith('/') && !(await isThere(place))) missing.add(place);
  const folders = [...searched.split(delimiter), ...programFolders];
  let hasNvidia = false;
  if (features.some(({ kind }) => kind === 'gpu')) {
    for (const folder of folders) hasNvidia ||= await isThere(join(folder, nvidiaProgram));
  }
  const apparmor = features.some(({ kind }) => kind === 'apparmor')
    ? await apparmorProfiles()
    : undefined;
  return { missing, hasNvidia, ...defined({ apparmor }) };
}

/** Reads the names of the loaded profiles; undefined where there are none, or only root may read them. */
async function apparmorProfiles(): Promise<Set<string> | undefined> {
  try {
    const lines = (await readFile('/sys/kernel/security/apparmor/profiles', 'utf8')).split('\n');
    return new Set(lines.map((line) => line.replace(/ \([^()]*\)$/, '')));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(systemErrorCode(error) ?? ''))
      return undefined;
    throw error;
  }
}
