import type { StackNote } from '@bundle/compose';
import type { Stacks } from '@bundle/engine/stacks';
import { type BundleError, paths } from '@bundle/format';
import {
  chooseInstance,
  findRelease,
  type InstanceState,
  isStack,
  type Release,
  readStackFile,
  requestFor,
  type StagedRelease,
} from '@bundle/host';
import { planIncoming, type Values } from '@bundle/host/settings';
import {
  makeStack,
  notManager,
  plannedNotes,
  plannedProject,
  refuseFiles,
  refuseForeignStack,
  refuseMissing,
  refuseNames,
  refuseNodes,
  type SwarmLimits,
  swarmLimits,
} from '@bundle/operate';
import { parseTarget } from '@bundle/push';
import { z } from 'zod';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import { optionWords } from '../../shared/own-command.ts';
import { givenSettings } from '../../shared/settings.ts';
import { composeLookup, openSwarm, openTools } from '../../shared/tools.ts';
import { usageError } from '../../usage.ts';
import type { ForOther } from '../import/run.ts';
import { runUp } from '../up/run.ts';
import { nodeImages, pushFor } from './swarm-images.ts';
import type { SwarmChoice } from './swarm-options.ts';
import { notesText } from './swarm-render.ts';

const importedSchema = z.looseObject({
  outcome: z.string(),
  name: z.string(),
  release: z.string(),
});

/** Runs `bundle deploy swarm`: imports the bundle on this manager, pushes its images, and deploys the stack. */
export async function runSwarm(
  context: Context,
  bundle: string | undefined,
  options: SwarmChoice,
): Promise<Outcome> {
  checkOptions(options);
  const stateDir = stateFolder(options.stateDir, context);
  context.onProgress({ phase: 'asking the engine', doneBytes: 0 });
  const stacks = await openSwarm(options, context.env);
  const node = await stacks.managerId();
  if (node === undefined) throw notManager();
  const nodes = await stacks.nodes();
  refuseNodes(nodes, options.registry ?? options.fromServe ?? '');
  const limits = swarmLimits(nodes);
  const given = await givenSettings(context, options);
  let incoming: readonly StackNote[] = [];
  const onIncoming = async (release: Release): Promise<void> => {
    incoming = await notesOf(stacks, limits, release, given, context.env);
  };
  const imported =
    bundle === undefined
      ? undefined
      : await importFirst(context, bundle, options, { given, onIncoming });
  const staged = importedSchema.safeParse(imported?.json).data;
  if (imported !== undefined && (staged === undefined || !isStaged(staged.outcome)))
    return options.dryRun ? withNotes(imported, incoming) : imported;
  const state = await chooseInstance(stateDir, staged?.name ?? options.name);
  const release = releaseOf(state, staged?.release ?? options.release);
  await refuseCompose(state);
  await refuseForeignStack(stacks, state);
  const expected = await notesOf(stacks, limits, release, given, context.env);
  const pushed = bundle === undefined ? undefined : await pushFor(context, bundle, options);
  const earlier = (await readStackFile(state))?.get(release.name);
  const images = nodeImages(release.manifest, options, earlier);
  // Whoever agrees has to know what will be missing.
  if (context.ask !== undefined && expected.length > 0)
    context.say(notesText(expected).slice(1).join('\n'));
  const started = await runUp(context, {
    ...options,
    given,
    action: 'up',
    name: state.name,
    release: release.name,
    ignore: options.ignore,
    ...(options.dryRun ? {} : { asStack: { release: release.name, images } }),
  });
  const tools = await openTools(options, stateDir, context.env);
  const known = (await readStackFile(state))?.get(release.name);
  const notes = options.dryRun
    ? expected
    : known === undefined
      ? []
      : (
          await makeStack(tools.compose, release, requestFor(release), {
            node,
            limits,
            images: known,
          })
        ).notes;
  const json = {
    ...started.json,
    nodes: await stacks.nodes(),
    ...(pushed === undefined ? {} : { pushed }),
  };
  return withNotes({ ...started, json }, notes);
}

function withNotes(outcome: Outcome, notes: readonly StackNote[]): Outcome {
  const text = [outcome.text, ...notesText(notes)].join('\n');
  return { ...outcome, json: { ...outcome.json, notes }, text };
}

/**
 * Lists what a stack will not have of a release with its settings. Fails with `compose-invalid` for names and files that
 * Swarm refuses, and with `config-check-failed` for configs and secrets that it lacks.
 */
async function notesOf(
  stacks: Stacks,
  limits: SwarmLimits,
  release: Release,
  given: Values,
  env: NodeJS.ProcessEnv,
): Promise<readonly StackNote[]> {
  const { values } = await planIncoming(release, given, composeLookup(env));
  const text = (await release.read(paths.compose)) ?? '';
  const project = plannedProject(text, (name) => values[name]);
  if (project === undefined) return [];
  refuseNames(project, release.instance.name);
  await refuseFiles(project, release, limits);
  await refuseMissing(stacks, project, release.instance.name);
  return plannedNotes(project);
}

function isStaged(outcome: string): boolean {
  return outcome === 'imported' || outcome === 'already imported';
}

async function importFirst(
  context: Context,
  bundle: string,
  options: SwarmChoice,
  own: Pick<ForOther, 'given' | 'onIncoming'>,
): Promise<Outcome> {
  const { askChosenEngine } = await import('../../shared/engine.ts');
  const { runImport } = await import('../import/run.ts');
  const engine = await askChosenEngine(options, context.env);
  const chosen = optionWords({
    '--name': options.name,
    '--registry': options.registry,
    '--from-serve': options.fromServe,
    '--plain-http': options.plainHttp,
  });
  const next = (found: string): string => `deploy swarm ${found}${chosen}`;
  return runImport(context, engine, bundle, { ...options, up: false }, { ...own, next });
}

/** Returns the named release, else the one that runs or ran last, else the only one. */
function releaseOf(state: InstanceState, wanted: string | undefined): StagedRelease {
  const only = state.releases.length === 1 ? state.releases[0]?.name : undefined;
  const name = wanted ?? state.journal?.running?.release ?? state.current ?? only;
  return findRelease(state, name ?? 'the release to deploy');
}

/** Containers of this host and tasks of a stack under one name would use the same ports and names. */
async function refuseCompose(state: InstanceState): Promise<void> {
  if (state.journal?.running == null || (await isStack(state))) return;
  throw runsWithCompose(state);
}

function runsWithCompose({ name }: InstanceState): BundleError {
  return usageError(
    name,
    'an application that does not run with docker compose on this host',
    'one that does',
    'Remove it with `bundle uninstall` first, or give the stack another name with --name.',
  );
}

function checkOptions({ registry, fromServe, backupVolumes }: SwarmChoice): void {
  if (registry !== undefined && fromServe !== undefined) {
    throw usageError('--registry and --from-serve', 'one of the two', 'both');
  }
  if (backupVolumes) {
    throw usageError(
      '--backup-volumes',
      'no copy of volumes: they are on the nodes',
      '--backup-volumes',
      'Copy the volumes on their nodes.',
    );
  }
  if (registry !== undefined) parseTarget(registry);
}
