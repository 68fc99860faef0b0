import type { Engine } from '@bundle/engine';
import { defined, shellWord } from '@bundle/format';
import type { Release } from '@bundle/host';
import { importBundle } from '@bundle/import';
import { type Context, type Outcome, startClock } from '../../outcome.ts';
import { allowWords, permittedBy } from '../../shared/consent.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { stateFolder } from '../../shared/folders.ts';
import { optionWords, ownCommand } from '../../shared/own-command.ts';
import { ownProgram } from '../../shared/own-program.ts';
import type { ImportChoice } from './definition.ts';
import type { ShownStart } from './plan-start.ts';
import { importedText, importQuestion, importText } from './render.ts';

type Answers = Readonly<Record<string, string>>;

export interface ForOther {
  /** Returns the words of the command to type after a preview. */
  readonly next: (bundle: string) => string;
  /** Called with the verified release before anything is asked or changed, and for a dry run. */
  readonly onIncoming: (release: Release) => Promise<void>;
  /** Settings that it has read already. */
  readonly given: Answers;
}

// Modules that only a start or a load needs are loaded on demand, so that repeating an import takes a tenth of a
// second.

/**
 * Runs `bundle import`: loads the images and stages the release; with --up it continues like `bundle up`. `forOther`: what
 * another command that imports adds.
 */
export async function runImport(
  context: Context,
  engine: Engine,
  target: string,
  options: ImportChoice,
  forOther?: ForOther,
): Promise<Outcome> {
  const { onProgress, signal, ask, colours } = context;
  onProgress({ phase: 'verifying', doneBytes: 0 });
  const seconds = startClock(context);
  const bundle = await findBundle(target);
  let start: ShownStart | undefined;
  // Read once: somebody may have to type a passphrase for it.
  let read: Promise<Answers> | undefined;
  const given = async (): Promise<Answers> => {
    if (forOther !== undefined) return forOther.given;
    read ??= readSettings(context, options);
    return read;
  };
  const permitted = permittedBy(context, options.allow);
  const stateDir = stateFolder(options.stateDir, context);
  const imported = await importBundle(engine, {
    bundle,
    find: findPartsWith(options, context),
    ...defined({
      expectDigest: options.expectDigest,
      channel: options.channel,
      executable: ownProgram(),
    }),
    allowOlder: options.allowOlder,
    partial: options.partial,
    stateDir,
    ...(options.name === undefined ? {} : { name: options.name }),
    up: options.up,
    dryRun: options.dryRun,
    preflight: async () => {
      const { preflightOptions } = await import('./preflight-options.ts');
      return preflightOptions(context, options, stateDir, await given());
    },
    onUnrecorded: context.onUnrecorded,
    onProgress,
    signal,
    ...(ask === undefined
      ? {}
      : {
          confirm: async (preview) => {
            const open = start?.open ?? [];
            const isAgreed = await ask(importQuestion(preview, options.up, allowWords(open)));
            if (isAgreed) permitted.grant(open);
            return isAgreed;
          },
        }),
    onIncoming: async (release) => {
      await forOther?.onIncoming(release);
      if (!options.up) return;
      const { showStart } = await import('./plan-start.ts');
      start = await showStart(context, options, release, await given(), permitted);
    },
  });
  const report = { ...imported, seconds: seconds() };
  const isStaged = report.outcome === 'imported' || report.outcome === 'already imported';
  const folder = report.switched ? report.currentLink : report.releaseDir;
  const command = ownCommand(isStaged ? folder : undefined, options.stateDir);
  const json = { ...report, bundle };
  if (!options.up || !isStaged) {
    const words = (forOther?.next ?? importWords(options))(shellWord(bundle));
    return { json, text: importText(words, report, command, colours) };
  }
  const { runUp } = await import('../up/run.ts');
  const started = await runUp(context, {
    ...options,
    given: { ...(await given()), ...start?.answers },
    name: report.name,
    release: report.release,
    action: 'up',
    ...defined({ agreedPlan: start?.text, compared: start?.compared }),
    permitted,
  });
  return {
    ...started,
    json: { ...json, up: started.json },
    text: `${importedText(report, colours)}\n${started.text}`,
  };
}

function importWords({ up, name }: ImportChoice): (bundle: string) => string {
  return (bundle) => `import ${bundle}${up ? ' --up' : ''}${optionWords({ '--name': name })}`;
}

async function readSettings(context: Context, options: ImportChoice): Promise<Answers> {
  const { givenSettings } = await import('../../shared/settings.ts');
  return givenSettings(context, options);
}
