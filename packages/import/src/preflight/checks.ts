import type { ComposeNeeds, NeededFile } from '@bundle/compose';
import { isAtLeast, leastCompose, publishedVersion } from '@bundle/compose';
import type { EngineInfo, TakenNames } from '@bundle/engine';
import {
  type BundleManifest,
  type BundleOrder,
  type CheckName,
  formatPlatform,
  hasIpv6Registry,
  megabytes,
  paths,
  platformsText,
  runsOn,
} from '@bundle/format';
import { foreignHint, type ListeningSocket, ownerText } from '@bundle/host';
import { omittedLayers, pullHint } from '../omitted.ts';
import { applicationCheck, type EarlierRelease } from './application.ts';
import type { Check } from './check.ts';
import { featuresCheck } from './features.ts';
import { knownHoles } from './holes.ts';
import { limitsCheck } from './limits.ts';
import { type MountFacts, mountsCheck } from './mounts.ts';
import { filesCheck } from './needed-files.ts';
import { networksCheck } from './networks.ts';
import { orderCheck } from './order.ts';
import { portChecks } from './ports.ts';
import { profilesCheck } from './profiles.ts';
import type { HostRoute } from './routes.ts';
import type { HostFeatures } from './verdict.ts';

/** Free and needed space in a folder. */
export interface Space {
  readonly folder: string;
  readonly neededBytes: number;
  readonly freeBytes: number;
  /** Number of files and folders needed and available; absent if the file system has no such limit. */
  readonly inodes?: { readonly needed: number; readonly free: number };
  /** File system of the folder. */
  readonly device: number;
  /** Reason why a folder that has to be writable is not. */
  readonly unwritable?: string;
}

/** Facts about the host from which all checks are derived. */
export interface PreflightFacts {
  readonly manifest: BundleManifest;
  /** Place of the bundle among those of its product. */
  readonly order: BundleOrder;
  /** Highest sequence imported before, if the bundle only seems older. */
  readonly seemsOlderThan?: number;
  /** Name of the Compose project. */
  readonly project: string;
  readonly engine: EngineInfo;
  /** Release on this host with that name. */
  readonly earlier?: EarlierRelease;
  /** Version of the Compose plugin; absent if it is not installed. */
  readonly compose?: string;
  /** Absent if the engine's disk is not visible from this machine. */
  readonly engineSpace?: Space;
  readonly stateSpace: Space;
  readonly needs: ComposeNeeds;
  readonly inventory: TakenNames;
  /** Absent if the engine is on another machine, or if the listening ports cannot be read. */
  readonly listening?: readonly ListeningSocket[];
  /** Absent where the engine is on another machine. */
  readonly host?: HostFeatures;
  /** Missing files of secrets and configs that a start needs, by absolute path. */
  readonly missingFiles: readonly NeededFile[];
  /** Settings that prevent a start, in the form of --set: those without a value and those with an invalid one. */
  readonly settings: { readonly missing: readonly string[]; readonly invalid: readonly string[] };
  /** Whether a start can ask the user for them. */
  readonly canAsk: boolean;
  readonly mounts: MountFacts;
  /** Networks that this host reaches; absent if the engine is on another machine, or if they cannot be read. */
  readonly routes?: readonly HostRoute[];
  /** Folder outside of the instance from which a project of its name was started; absent if there is none. */
  readonly foreign?: string;
}

export function preflightChecks(facts: PreflightFacts): Check[] {
  return [
    platformCheck(facts),
    engineCheck(facts),
    composeCheck(facts),
    engineDiskCheck(facts),
    spaceCheck(
      'state-disk',
      facts.stateSpace,
      0,
      'Choose another folder with --state-dir, or free some space there.',
    ),
    orderCheck(facts),
    applicationCheck(facts),
    portChecks(facts),
    namesCheck(facts),
    networksCheck(facts),
    profilesCheck(facts),
    limitsCheck(facts),
    featuresCheck(facts),
    filesCheck(facts.missingFiles),
    settingsCheck(facts),
    mountsCheck(facts),
  ];
}

export function onlyWarning(checks: readonly Check[], names: readonly CheckName[]): Check[] {
  return checks.map((check) =>
    check.result === 'fail' && names.includes(check.name) ? { ...check, result: 'warn' } : check,
  );
}

export function withIgnored(checks: readonly Check[], ignore: ReadonlySet<string>): Check[] {
  return checks.map((check) =>
    check.result === 'fail' && ignore.has(check.name) ? { ...check, ignored: true } : check,
  );
}

export function failures(checks: readonly Check[]): Check[] {
  return checks.filter(({ result, ignored }) => result === 'fail' && ignored !== true);
}

function platformCheck({ manifest, engine }: PreflightFacts): Check {
  const [bundle, host] = [platformsText(manifest), formatPlatform(engine.platform)];
  if (runsOn(manifest.platform, engine.platform)) {
    return { name: 'platform', result: 'pass', found: `${bundle}` };
  }
  const found = `the bundle is for ${bundle}, the engine runs ${host}`;
  const hint = `Export the application with --platform ${host}, or import it on a host of ${bundle}.`;
  return { name: 'platform', result: 'fail', found, hint };
}

/** podman takes an image only with all of its layers, and does not give back layers that it got as zstd. */
const podmanHint =
  'podman loads only complete images: export the application again without --since and --for.';

const ipv6NameHint =
  'Docker takes one from version 25 on, and podman none. Otherwise give the registry a name in the Compose file instead of its address, and export the application again.';

function engineCheck({ engine, manifest }: PreflightFacts): Check {
  const found = engine.isPodman
    ? engine.description
    : `${engine.description}, ${engine.store} image store`;
  const isIncremental = omittedLayers(manifest).size > 0 || (manifest.deltas ?? []).length > 0;
  if (engine.isPodman && isIncremental)
    return { name: 'engine', result: 'fail', found, hint: podmanHint };
  const unnamed = manifest.images.find(({ reference }) => hasIpv6Registry(reference));
  if (engine.refusesIpv6Names && unnamed !== undefined) {
    const what = `${found}, which takes no IPv6 address in a name, as in ${unnamed.reference}`;
    return { name: 'engine', result: 'fail', found: what, hint: ipv6NameHint };
  }
  const isElsewhere = engine.dataFolder === undefined;
  if (isElsewhere && !engine.loadsPartially && omittedLayers(manifest).size > 0) {
    return {
      name: 'engine',
      result: 'fail',
      found: `${found}, on another machine`,
      hint: pullHint,
    };
  }
  const holes = knownHoles(engine);
  const hints = [
    ...(engine.readsZstd
      ? []
      : [
          'Docker 23 or later reads compressed layers; layers are decompressed for this one, which takes more time and disk space.',
        ]),
    ...(holes.length === 0
      ? []
      : ['Update the engine, or import only bundles of people you trust (`bundle trust`).']),
  ];
  if (hints.length === 0) return { name: 'engine', result: 'pass', found };
  return {
    name: 'engine',
    result: 'warn',
    found: [found, ...holes].join('; '),
    hint: hints.join(' '),
  };
}

function composeCheck({ compose: own, engine, manifest }: PreflightFacts): Check {
  const compose = own === undefined ? undefined : publishedVersion(own);
  if (!engine.runsContainers) {
    return {
      name: 'compose',
      result: 'pass',
      found: 'not needed: nothing runs in an image layout',
    };
  }
  if (compose !== undefined && isAtLeast(compose, leastCompose))
    return { name: 'compose', result: 'pass', found: compose };
  if (manifest.files.some(({ path }) => path === paths.composePlugin)) {
    const found = `${compose ?? 'none'} here; the one in the bundle is used`;
    return { name: 'compose', result: 'pass', found };
  }
  if (compose === undefined) {
    return {
      name: 'compose',
      result: 'fail',
      found: 'docker has no compose plugin here, so the application cannot be started',
      hint: 'Install docker-compose-plugin (Docker) or docker-compose (Debian). Without packages: copy that one file, /usr/libexec/docker/cli-plugins/docker-compose, from a machine of the same architecture into ~/.docker/cli-plugins. Loading works without it.',
    };
  }
  const hint = `compose.offline.yml needs version ${leastCompose} or later: install it, or copy its one file into ~/.docker/cli-plugins.`;
  return { name: 'compose', result: 'fail', found: compose, hint };
}

function engineDiskCheck({ engineSpace, stateSpace }: PreflightFacts): Check {
  if (engineSpace === undefined) {
    const hint = 'Check on that machine that there is room for the images.';
    return {
      name: 'engine-disk',
      result: 'warn',
      found: 'the engine is on another machine, or its folder cannot be seen',
      hint,
    };
  }
  // One disk may have to hold both.
  const besides = engineSpace.device === stateSpace.device ? stateSpace.neededBytes : 0;
  const hint =
    'See `docker system df`: `docker image prune` and `docker builder prune` free unused space.';
  return spaceCheck('engine-disk', engineSpace, besides, hint);
}

function spaceCheck(
  name: CheckName,
  { folder, neededBytes, freeBytes, inodes, unwritable }: Space,
  besides: number,
  hint: string,
): Check {
  if (unwritable !== undefined) return { name, result: 'fail', found: unwritable, hint };
  const needed = neededBytes + besides;
  const room = `${megabytes(freeBytes)} free in ${folder}`;
  if (neededBytes === 0) return { name, result: 'pass', found: `nothing more needed, ${room}` };
  const found = `${megabytes(needed)} needed, ${room}`;
  if (freeBytes >= needed && inodes !== undefined && inodes.free < inodes.needed) {
    // The number of files in layers is not known before they are unpacked.
    const result = name === 'engine-disk' && inodes.free > 0 ? 'warn' : 'fail';
    const few = `${found}, but room for only ${inodes.free} of about ${inodes.needed} files (inodes)`;
    return { name, result, found: few, hint: `${hint} \`df -i\` shows the inodes in use.` };
  }
  if (freeBytes >= needed) return { name, result: 'pass', found };
  return { name, result: 'fail', found: `${found}: ${needed - freeBytes} bytes short`, hint };
}

function namesCheck({ needs, inventory, project: own, foreign }: PreflightFacts): Check {
  const { containers, networks, volumes } = inventory;
  const taken = { container: containers, network: networks, volume: volumes };
  const problems: string[] = [];
  const cautions: string[] = [];
  for (const { kind, name, external } of needs.names) {
    const found = taken[kind].find((one) => one.name === name);
    if (external) {
      if (!found) problems.push(`the ${kind} ${name}, which the application expects, is not there`);
    } else if (found !== undefined && found.project !== own) {
      // Compose takes over a volume that it did not create, with its contents, but not a container or network.
      const list = kind === 'volume' && found.project === undefined ? cautions : problems;
      list.push(`the ${kind} ${name} already exists, ${ownerText(found)}`);
    }
  }
  if (foreign !== undefined)
    problems.unshift(`a project ${own} already runs, started from ${foreign}`);
  const found = [...problems, ...cautions].join('; ');
  if (problems.length > 0) {
    const others =
      'Rename or remove whatever has the name, or create what is missing (docker network create NAME, docker volume create NAME).';
    // A start refuses to replace it.
    const hint = foreign === undefined ? others : foreignHint(own, foreign);
    return { name: 'names', result: 'fail', found, hint };
  }
  if (cautions.length > 0) {
    const hint = 'If it belongs to the same application, it is used; otherwise rename it first.';
    return { name: 'names', result: 'warn', found, hint };
  }
  const none = 'no other container, network or volume has one of its names';
  return { name: 'names', result: 'pass', found: none };
}

/**
 * Checks the settings. Missing ones are not a failure: a start asks for them, or refuses before it changes anything.
 */
function settingsCheck({ settings: { missing, invalid }, canAsk }: PreflightFacts): Check {
  const name = 'settings';
  const wanting = [...missing, ...invalid];
  if (wanting.length === 0) {
    return { name, result: 'pass', found: 'all required settings have a value' };
  }
  const found = [
    ...(missing.length === 0 ? [] : [`no value for ${missing.join(', ')}`]),
    ...invalid.map((key) => `${key} has an invalid value`),
  ].join('; ');
  const set = wanting.map((key) => `--set ${key}=VALUE`).join(' ');
  const result = invalid.length > 0 && !canAsk ? 'fail' : 'warn';
  const asks = '`bundle import --up` and `bundle up` ask for them on a terminal.';
  return { name, result, found, hint: `${asks} Otherwise set them: ${set}` };
}
