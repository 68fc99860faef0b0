import { join } from 'node:path';
import type { ProjectContainer } from '@bundle/engine';
import { paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { z } from 'zod';
import { judge, type Verdict } from './health.ts';
import {
  type InstanceState,
  listInstances,
  readInstance,
  requestFor,
  type StagedRelease,
} from './instance.ts';
import { localImages } from './pins.ts';
import { readIfThere } from './settings-files.ts';
import { changedFiles } from './up-plan.ts';
import type { Tools } from './up-types.ts';
import { isEngineGone } from './wait.ts';

export interface InstanceStatus {
  readonly name: string;
  readonly product: string;
  /** `running`: all services are ready; `degraded`: some are not; `stopped`: none has a container; `unknown`: no engine. */
  readonly state: 'running' | 'degraded' | 'stopped' | 'unknown';
  /** Release that was started last, and when. */
  readonly release: string | undefined;
  readonly version: string | undefined;
  readonly since: string | undefined;
  /** Work that was interrupted; the next `up` or `rollback` finishes it. */
  readonly interrupted: { readonly to: string; readonly step: string } | undefined;
  readonly services: readonly (Verdict & {
    readonly startedAt: string;
    readonly restarts: number;
  })[];
  /** What somebody did by hand since it was started, in words. */
  readonly changes: readonly string[];
  /** Releases that are staged and were never started here. */
  readonly waiting: readonly string[];
}

/** Of the instance that is named, else of all of a state folder. */
export async function statusOf(
  tools: Tools,
  stateDir: string,
  name: string | undefined,
): Promise<InstanceStatus[]> {
  const all = await listInstances(stateDir);
  const chosen = name === undefined ? all : all.filter((one) => one.name === name);
  return Promise.all(chosen.map(async (one) => instanceStatus(tools, await readInstance(one))));
}

async function instanceStatus(tools: Tools, instance: InstanceState): Promise<InstanceStatus> {
  const { name, product, releases, journal } = instance;
  const running = releases.find((one) => one.name === journal?.running?.release);
  const ran = new Set(journal?.history.map(({ release }) => release));
  const containers = await containersOf(tools, name);
  const pending = journal?.pending ?? undefined;
  const common = {
    name,
    product,
    release: running?.name,
    version: running?.manifest.version,
    since: journal?.running?.since,
    interrupted: pending && { to: pending.to, step: pending.step },
    waiting: releases.map((one) => one.name).filter((one) => !ran.has(one)),
  };
  if (containers === undefined) return { ...common, state: 'unknown', services: [], changes: [] };
  const hashes = running === undefined ? new Map() : await hashesOf(tools, name, running);
  const verdicts = judge([...hashes.keys()], containers);
  return {
    ...common,
    state: stateOf(verdicts, containers),
    services: verdicts.map((one) => {
      const container = containers.find((candidate) => candidate.name === one.container);
      const startedAt = container?.startedAt ?? '';
      return { ...one, startedAt, restarts: container?.restartCount ?? 0 };
    }),
    changes: running === undefined ? [] : await changesOf(running, containers, hashes),
  };
}

function stateOf(
  verdicts: readonly Verdict[],
  containers: readonly ProjectContainer[],
): InstanceStatus['state'] {
  if (containers.length === 0) return 'stopped';
  return verdicts.length > 0 && verdicts.every(({ state }) => state === 'ready')
    ? 'running'
    : 'degraded';
}

async function containersOf({ runtime }: Tools, name: string) {
  try {
    return await runtime.containers(name);
  } catch (error) {
    if (isEngineGone(error)) return undefined;
    throw error;
  }
}

async function hashesOf({ compose }: Tools, name: string, release: StagedRelease) {
  return compose.hashes(requestFor(name, release));
}

async function changesOf(
  running: StagedRelease,
  containers: readonly ProjectContainer[],
  hashes: ReadonlyMap<string, string>,
): Promise<string[]> {
  const local = localImages(running.manifest, containers);
  const files = await changedFiles(running);
  const opaque = await servicesWithEnvFiles(running);
  return [
    ...[...local].map(
      ([service, { imageId }]) => `${service} runs another image than the release's: ${imageId}`,
    ),
    ...[...hashes.keys()]
      .filter((service) => !containers.some((one) => one.service === service))
      .map((service) => `${service} has no container`),
    ...containers
      .filter(({ service }) => !hashes.has(service))
      .map(({ name, service }) => `${name} is of no service of the release (${service})`),
    ...containers
      .filter(
        ({ service, configHash }) =>
          hashes.has(service) &&
          hashes.get(service) !== configHash &&
          !local.has(service) &&
          !opaque.has(service),
      )
      .map(
        ({ service }) =>
          `${service} was started with other settings or files than those that are there now`,
      ),
    ...files.map((path) => `${path} in ${running.folder} is not as in the bundle`),
  ];
}

const envFileUses = z.looseObject({
  services: z.record(z.string(), z.looseObject({ env_file: z.unknown() }).nullable()),
});

/** Compose's own `config --hash` leaves env files out, while its containers carry the hash with them. */
async function servicesWithEnvFiles({ folder }: StagedRelease): Promise<Set<string>> {
  const text = (await readIfThere(join(folder, paths.compose))) ?? '';
  const { data } = envFileUses.safeParse(parseYamlDocument(text, paths.compose).value);
  const services = Object.entries(data?.services ?? {});
  return new Set(services.flatMap(([name, one]) => (one?.env_file === undefined ? [] : [name])));
}
