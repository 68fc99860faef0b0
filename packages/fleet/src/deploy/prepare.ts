import { createReadStream } from 'node:fs';
import {
  BundleError,
  type BundleManifest,
  formatPlatform,
  type Inventory,
  manifestFor,
  normalizeArchitecture,
  type Platform,
  paths,
  platformsText,
  runsOn,
  shortHexOf,
} from '@bundle/format';
import { releaseName } from '@bundle/host';
import { fileBytes, requireEntry, streamVerified } from '@bundle/store';
import type { OpenedBundle } from '@bundle/verify';
import type { Host } from '../hosts/host.ts';
import type { Connection } from '../ssh/connection.ts';
import { lacksSettings } from './change-host.ts';
import { heldPaths } from './held.ts';
import { type Look, lookAt, Remote, type RemoteInstance, runsWell } from './remote.ts';
import { planShipment, type Shipment } from './shipment.ts';
import type { DeployOptions, HostPlan } from './types.ts';

/** A host that was looked at: nothing but a command was brought to it. */
export interface Prepared {
  readonly host: Host;
  /** The application on it, if it has it. */
  readonly instance: RemoteInstance | undefined;
  /** `already running`: the release of the bundle runs there, well and with the settings given. */
  readonly action: HostPlan['action'];
  readonly shipment: Shipment;
  /** Bytes of the command that was sent. */
  readonly programBytes: number;
}

/**
 * Looks at a host: asks for its inventory and its releases. Fails with `host-unreachable`, with `platform-mismatch`, and
 * as the commands on that host do.
 */
export async function prepareHost(
  host: Host,
  { remote, programBytes }: OpenedRemote,
  options: DeployOptions,
): Promise<Prepared> {
  const { opened, signal } = options;
  const inventory = await remote.inventory(signal);
  checkPlatform(host, opened, inventory);
  const name = options.name ?? opened.manifest.product;
  const instance = (await remote.instances(signal)).find((one) => one.name === name);
  const release = releaseName(opened.manifest, opened.digest);
  const runs = runsWell(instance, release);
  const isOther = runs && (await lacksSettings(remote, host, name, release, options, signal));
  return {
    host,
    instance,
    action: isOther ? 'new settings' : runs ? 'already running' : 'deploy',
    shipment: planShipment(opened, heldPaths(opened.manifest, inventory)),
    programBytes,
  };
}

/** A host whose command can be run, and the bytes of the command if it was sent. */
export interface OpenedRemote {
  readonly remote: Remote;
  readonly programBytes: number;
}

/** Opens a host: with its own command if it is of the same version, else with one that is sent. */
export async function openRemote(
  connection: Connection,
  options: Pick<DeployOptions, 'signal' | 'program'> & {
    readonly opened?: OpenedBundle;
    /** Required version of the command; absent: any. */
    readonly version?: string;
  },
): Promise<OpenedRemote> {
  const look = await lookAt(connection, options.signal);
  const { command } = look;
  const isFit = options.version === undefined || look.version === options.version;
  if (command !== undefined && isFit)
    return { remote: new Remote(connection, look, command), programBytes: 0 };
  const remote = new Remote(connection, look, command ?? '');
  const program = await programFor(look, options);
  if (program === undefined) throw noCommand(connection.host, look, options.version ?? '');
  const { shipment, sha256 } = program;
  const sending = { onBytes: () => undefined, signal: options.signal };
  return { remote, programBytes: await remote.sendProgram(shipment, sha256, sending) };
}

interface SentProgram {
  readonly shipment: Shipment;
  readonly sha256: string;
}

/** Returns the command for a host: this one where its platform is the same, else the one that the bundle carries. */
async function programFor(
  look: Look,
  { program, opened }: Pick<DeployOptions, 'program'> & { readonly opened?: OpenedBundle },
): Promise<SentProgram | undefined> {
  const platform = {
    os: look.system.toLowerCase(),
    architecture: normalizeArchitecture(look.machine),
  };
  if (program !== undefined && runsOn(program.platform, platform)) {
    const { length, sha256 } = await fileBytes(program.file);
    const from = (start: number): AsyncGenerator<Buffer> => readFrom(program.file, start);
    return { shipment: { bytes: length, from }, sha256 };
  }
  if (opened === undefined) return undefined;
  const carried = carriedCommand(opened.manifest, platform);
  if (carried === undefined) return undefined;
  const { size, sha256, path } = carried;
  const extent = requireEntry(opened.source, path);
  const from = async function* (start: number): AsyncGenerator<Buffer> {
    let seen = 0;
    for await (const chunk of streamVerified(extent, sha256, path)) {
      const skip = Math.min(chunk.length, Math.max(0, start - seen));
      seen += chunk.length;
      if (skip < chunk.length) yield chunk.subarray(skip);
    }
  };
  return { shipment: { bytes: size, from }, sha256 };
}

/** Where a bundle has a command for each platform, `runtime/bundle` only chooses one. */
function carriedCommand({ files, platform }: BundleManifest, host: Platform) {
  const own = host.architecture === 'arm64' ? paths.runtimeArm64 : paths.runtimeX64;
  const hasSeveral = files.some(
    ({ path }) => path === paths.runtimeX64 || path === paths.runtimeArm64,
  );
  if (hasSeveral) return host.os === 'linux' ? files.find(({ path }) => path === own) : undefined;
  return runsOn(platform, host) ? files.find(({ path }) => path === paths.runtime) : undefined;
}

async function* readFrom(file: string, start: number): AsyncGenerator<Buffer> {
  yield* createReadStream(file, { start }) as AsyncIterable<Buffer>;
}

function checkPlatform({ name }: Host, { manifest }: OpenedBundle, { platform }: Inventory): void {
  if (runsOn(manifestFor(manifest, platform).platform, platform)) return;
  throw new BundleError('platform-mismatch', {
    operation: 'checking the platform of',
    subject: name,
    expected: `${platformsText(manifest)}, the platform of the bundle`,
    found: formatPlatform(platform),
    hint: 'Leave that host out with --limit, or deploy a bundle for its platform to it.',
  });
}

function noCommand(
  { name }: Host,
  { command, version, system, machine }: Look,
  own: string,
): BundleError {
  return new BundleError('runtime-missing', {
    operation: 'looking for the command on',
    subject: name,
    expected: `bundle ${own}`,
    found:
      command === undefined
        ? `none, on ${system} ${machine}`
        : `${command}, version ${version ?? 'unknown'}`,
    hint: 'Install this version there, or deploy with the released executable or with a bundle that carries it: it is then sent.',
  });
}

/** Names the file of a deployment on the hosts, which goes on where a connection was lost. */
export function shipmentName(id: string, { digest }: OpenedBundle, { bytes }: Shipment): string {
  return `${id}-${shortHexOf(digest)}-${bytes}.tar`;
}
