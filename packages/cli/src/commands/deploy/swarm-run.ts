import type { BundleError } from '@bundle/format';
import {
  chooseInstance,
  findRelease,
  forgetStack,
  type InstanceState,
  instanceOf,
  isStack,
  noteStackImages,
  readStackFile,
  requestFor,
  type StagedRelease,
  withLock,
} from '@bundle/host';
import { makeStack, notManager, refuseForeignStack } from '@bundle/operate';
import { parseTarget } from '@bundle/push';
import { z } from 'zod';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import { openSwarm, openTools } from '../../shared/tools.ts';
import { usageError } from '../../usage.ts';
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
  const stacks = await openSwarm(options, context.env);
  const node = await stacks.managerId();
  if (node === undefined) throw notManager();
  const imported = bundle === undefined ? undefined : await importFirst(context, bundle, options);
  const staged = importedSchema.safeParse(imported?.json).data;
  if (imported !== undefined && (staged === undefined || !isStaged(staged.outcome)))
    return imported;
  const state = await chooseInstance(stateDir, staged?.name ?? options.name);
  const release = releaseOf(state, staged?.release ?? options.release);
  await refuseCompose(state);
  await refuseForeignStack(stacks, state);
  const pushed = bundle === undefined ? undefined : await pushFor(context, bundle, options);
  const wasStack = await isStack(state);
  if (!options.dryRun) {
    const images = nodeImages(
      release.manifest,
      options,
      (await readStackFile(state))?.get(release.name),
    );
    await withLock(state, context.signal, () => noteStackImages(state, release.name, images));
  }
  const started = await runUp(context, {
    ...options,
    action: 'up',
    name: state.name,
    release: release.name,
    ignore: options.ignore,
  });
  const after = await chooseInstance(stateDir, state.name);
  const isGone =
    !wasStack &&
    !options.dryRun &&
    after.journal?.running == null &&
    after.journal?.pending == null;
  if (isGone) await forgetStack(instanceOf(stateDir, state.name));
  const tools = await openTools(options, stateDir, context.env);
  const known = (await readStackFile(state))?.get(release.name) ?? {};
  const notes =
    options.dryRun || isGone
      ? []
      : (await makeStack(tools.compose, release, requestFor(release), { node, images: known }))
          .notes;
  return {
    ...started,
    json: {
      ...started.json,
      nodes: await stacks.nodes(),
      notes,
      ...(pushed === undefined ? {} : { pushed }),
    },
    text: [started.text, ...notesText(notes)].join('\n'),
  };
}

function isStaged(outcome: string): boolean {
  return outcome === 'imported' || outcome === 'already imported';
}

async function importFirst(
  context: Context,
  bundle: string,
  options: SwarmChoice,
): Promise<Outcome> {
  const { askChosenEngine } = await import('../../shared/engine.ts');
  const { runImport } = await import('../import/run.ts');
  const engine = await askChosenEngine(options, context.env);
  return runImport(context, engine, bundle, { ...options, up: false });
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
