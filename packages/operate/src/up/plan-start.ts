import { type ComposeNeeds, composeNeeds, type Lookup } from '@bundle/compose';
import { paths } from '@bundle/format';
import {
  type InstanceState,
  type Journal,
  type Pending,
  type Release,
  readInstance,
  rebuiltServices,
  type StagedRelease,
  type WorkOptions,
} from '@bundle/host';
import { keyOf, planSettings, type SettingsPlan, type Values } from '@bundle/host/settings';
import { type AskSetting, answerSettings, wantingOf } from '../settings/answers.ts';
import { allowRunning, askedPermissions } from './consent.ts';
import { chosenImages, type LocalImages, localImages } from './local-images.ts';
import { changedFiles, type UpPlan, upPlan } from './plan.ts';
import { adopted, refuseForeign } from './take-over.ts';
import type { ComparedFiles, Tools } from './types.ts';

export interface StartOptions extends WorkOptions {
  readonly action: Pending['action'];
  readonly backupVolumes: boolean;
  /** Restore the release's own images in place of rebuilt ones. */
  readonly reset: boolean;
  readonly given: Values;
  readonly lookup: Lookup;
  readonly askSetting?: AskSetting;
  /** Name settings without a value in the plan, instead of failing for them. */
  readonly dryRun: boolean;
  /** Files of the running release that an earlier plan of the same command found changed. */
  readonly compared?: ComparedFiles;
}

/** A planned start, with what carries it out. */
export interface PlannedStart {
  readonly plan: UpPlan;
  readonly settings: SettingsPlan;
  /** Answers to questions about settings, by their keys. */
  readonly answers: Values;
  readonly running: StagedRelease | undefined;
  readonly local: LocalImages;
}

/**
 * Plans the change from what runs to a release, and asks for settings without a value. Fails with `settings-missing`
 * if nobody answers.
 */
export async function planStart(
  tools: Tools,
  state: InstanceState,
  journal: Journal,
  target: Release,
  options: StartOptions & { readonly restore: string | null; readonly isPreview: boolean },
): Promise<PlannedStart> {
  const { given, lookup, restore, reset, isPreview } = options;
  const containers = await tools.runtime.containers(state.name);
  const running = state.releases.find(({ name }) => name === journal.running?.release);
  const ranBefore = journal.history.some(({ release }) => release === target.name);
  const sources = { target, running, ranBefore, lookup };
  const planned = (values: Values): Promise<SettingsPlan> => planSettings(sources, values);
  const { plan: settings, answers } =
    options.dryRun && options.askSetting === undefined
      ? { plan: await planned(given), answers: {} }
      : await answerSettings(target, planned, given, options.askSetting);
  const isSame = running?.name === target.name;
  const keepLocal = isSame && !reset;
  if (running !== undefined && !isPreview) await allowRunning(running, settings.values);
  const rebuilt = reset ? new Map() : await rebuiltServices(tools.engine, target);
  const local = chosenImages(
    rebuilt,
    keepLocal ? localImages(target.manifest, containers) : new Map(),
  );
  const plan = upPlan({
    name: state.name,
    action: options.action,
    backup: options.backupVolumes || restore !== null,
    restore: restore ?? undefined,
    changedFiles: running === undefined || isSame ? [] : await changesOf(running, options),
    running,
    target,
    containers,
    volumes: await tools.runtime.volumes(state.name),
    settings,
    toFill: wantingOf(settings.problems).map(keyOf),
    permissions: await askedPermissions(target, settings.values),
    needs: await needsOf(target, settings),
    local,
    rebuilt: new Set(rebuilt.keys()),
  });
  return { plan, settings, answers, running, local };
}

/**
 * Plans the start of a release that is still in its bundle, and asks for settings without a value; changes nothing.
 * Fails with `project-foreign`, and as planStart does.
 */
export async function previewStart(
  tools: Tools,
  incoming: Release,
  options: StartOptions,
): Promise<PlannedStart> {
  const state = await readInstance(incoming.instance);
  const containers = await tools.runtime.containers(state.name);
  await refuseForeign(state, containers);
  const journal = state.journal ?? adopted(state, containers, new Date());
  const target = state.releases.find(({ name }) => name === incoming.name) ?? incoming;
  return planStart(tools, state, journal, target, { ...options, restore: null, isPreview: true });
}

async function changesOf(
  running: StagedRelease,
  options: StartOptions,
): Promise<readonly string[]> {
  const { compared } = options;
  return compared?.release === running.name
    ? compared.changedFiles
    : changedFiles(running, options);
}

/** Returns what a release needs of its host with these settings, and which of its services start. */
async function needsOf(target: Release, { values }: SettingsPlan): Promise<ComposeNeeds> {
  const text = (await target.read(paths.compose)) ?? '';
  return composeNeeds(text, target.manifest.product, (name) => values[name]);
}
