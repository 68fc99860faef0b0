import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Feature } from '@bundle/compose';
import { isAbsence, isDenial, isThereForOthers } from '@bundle/files';
import { defined } from '@bundle/format';
import { interfaceFile, ipv6File, isVlan, sysctlFile, vlanModule } from './kernel.ts';
import { kernelModules } from './modules.ts';
import type { HostFeatures } from './verdict.ts';

/** Folders in the PATH of system services. */
const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];
const nvidiaProgram = 'nvidia-container-runtime-hook';

/** Checks this machine for the features that services need. Changes nothing. */
export async function hostFeatures(
  features: readonly Feature[],
  publishes = false,
  searched = process.env['PATH'] ?? '',
): Promise<HostFeatures> {
  const has = (wanted: Feature['kind']): boolean => features.some(({ kind }) => kind === wanted);
  const places = features.flatMap((feature) => placeOf(feature) ?? []);
  const missing = new Set<string>();
  for (const place of places)
    if (place.startsWith('/') && (await isThereForOthers(place)) === false) missing.add(place);
  const folders = [...searched.split(delimiter), ...programFolders];
  let hasNvidia = false;
  if (has('gpu')) {
    for (const folder of folders)
      hasNvidia ||= (await isThereForOthers(join(folder, nvidiaProgram))) === true;
  }
  return {
    missing,
    hasNvidia,
    ...defined({
      apparmor: has('apparmor') ? await apparmorProfiles() : undefined,
      modules: has('module') || has('interface') ? await modulesOf(features) : undefined,
      capabilities: has('capability') ? await knownCapabilities() : undefined,
      openFiles: has('open-files') ? await numberIn('/proc/sys/fs/nr_open') : undefined,
      firstPort: publishes
        ? await numberIn('/proc/sys/net/ipv4/ip_unprivileged_port_start')
        : undefined,
    }),
  };
}

/** Returns the path that exists where a feature does. */
function placeOf({ kind, detail }: Feature): string | undefined {
  switch (kind) {
    case 'sysctl':
      return sysctlFile(detail);
    case 'device':
      return detail;
    case 'interface':
      return interfaceFile(detail);
    case 'ipv6':
      return ipv6File;
    default:
      return undefined;
  }
}

function modulesOf(features: readonly Feature[]): Promise<Map<string, boolean>> {
  return kernelModules(
    features.flatMap(({ kind, detail }) =>
      kind === 'module' ? [detail] : kind === 'interface' && isVlan(detail) ? [vlanModule] : [],
    ),
  );
}

/** Reads which capabilities the first process of this machine can give others, as bits. */
async function knownCapabilities(): Promise<bigint | undefined> {
  const [, bits] = /^CapBnd:\s*([0-9a-f]+)$/m.exec((await textOf('/proc/1/status')) ?? '') ?? [];
  return bits === undefined ? undefined : BigInt(`0x${bits}`);
}

async function numberIn(path: string): Promise<number | undefined> {
  const text = await textOf(path);
  return text === undefined ? undefined : Number(text);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsence(error) || isDenial(error)) return undefined;
    throw error;
  }
}

/** Reads the names of the loaded profiles; undefined where there are none, or only root may read them. */
async function apparmorProfiles(): Promise<Set<string> | undefined> {
  const lines = (await textOf('/sys/kernel/security/apparmor/profiles'))?.split('\n');
  return lines && new Set(lines.map((line) => line.replace(/ \([^()]*\)$/, '')));
}
