import { BundleError, type CheckName, defined } from '@bundle/format';
import type { Values } from '@bundle/host/settings';
import {
  bringUp,
  type ComparedFiles,
  points,
  type StackRelease,
  type UpPlan,
} from '@bundle/operate';
import type { z } from 'zod';
import { type Context, type Outcome, startClock } from '../../outcome.ts';
import { allowWords, type Permitted, permittedBy } from '../../shared/consent.ts';
import { stateFolder } from '../../shared/folders.ts';
import type { bringUpOptions } from '../../shared/options/start.ts';
import { askingSettings, givenSettings } from '../../shared/settings.ts';
import { visible, visibleLines } from '../../shared/terminal/escape.ts';
import { t, translatedLine } from '../../shared/text/text.ts';
import { composeLookup, openTools } from '../../shared/tools.ts';
import { afterStart } from './next-steps.ts';
import { planText, upText } from './render.ts';

export type RunUpOptions = Omit<z.output<typeof bringUpOptions>, 'ignore'> & {
  readonly action: 'up' | 'rollback';
  readonly release?: string | undefined;
  readonly reset?: boolean;
  readonly restoreVolumes?: boolean;
  /** Settings that were already read. */
  readonly given?: Values;
  /** Deploys the release as a stack of a swarm. */
  readonly asStack?: StackRelease | undefined;
  /** Preflight checks whose failure is ignored. */
  readonly ignore?: readonly CheckName[];
  /** Text of the plan that somebody agreed to already, together with what an import loads. */
  readonly agreedPlan?: string;
  /** What that plan found changed. */
  readonly compared?: ComparedFiles;
  /** Permissions granted then. */
  readonly permitted?: Permitted;
};

/** Runs `bundle up`, `bundle rollback` and the second half of `bundle import --up`. */
export async function runUp(context: Context, options: RunUpOptions): Promise<Outcome> {
  const { env, say, ask, signal, onProgress, colours, stderrColours } = context;
  onProgress({ phase: 'looking', doneBytes: 0 });
  const seconds = startClock(context);
  const stateDir = stateFolder(options.stateDir, context);
  const permitted = options.permitted ?? permittedBy(context, options.allow);
  const { asStack } = options;
  const tools = await openTools(options, stateDir, env, asStack !== undefined);
  const brought = await bringUp(tools, {
    stateDir,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.release === undefined ? {} : { release: options.release }),
    action: options.action,
    timeoutMs: options.timeout * 1000,
    settleMs: options.settle * 1000,
    ...defined({ asStack, probe: options.probe }),
    backupVolumes: options.backupVolumes,
    restoreVolumes: options.restoreVolumes ?? false,
    reset: options.reset ?? false,
    ignorePorts: options.ignore?.includes('ports') ?? false,
    ignoreMounts: options.ignore?.includes('mounts') ?? false,
    given: options.given ?? (await givenSettings(context, options)),
    dryRun: options.dryRun,
    ...defined({ compared: options.compared }),
    ...(options.dryRun ? {} : askingSettings(context)),
    lookup: composeLookup(env),
    consent: permitted.consent,
    onPlan: async (plan: UpPlan) => {
      const text = planText(plan, stderrColours);
      if (text === options.agreedPlan) return true;
      const open = permitted.open(plan.permissions);
      say(text);
      if (ask === undefined) return true;
      const question = options.action === 'rollback' ? t`Roll back` : t`Start it`;
      const isAgreed = await ask(t`${question}${allowWords(open)}?`);
      if (isAgreed) permitted.grant(open);
      return isAgreed;
    },
    onLine: (line) => say(`  ${visibleLines(translatedLine(line))}`),
    onUnrecorded: context.onUnrecorded,
    onProgress,
    signal,
    now: () => new Date(),
    onPoint: crashPoint(env),
  });
  const report = { ...brought, seconds: seconds() };
  const { error, ...json } = report;
  const runs = ['started', 'already running'].includes(report.outcome);
  const after = runs ? await afterStart(tools, report, options, stateDir, context) : undefined;
  const outcome = {
    json: { ...json, ...defined({ addresses: after?.addresses }) },
    text: upText(report, after, colours),
  };
  if (signal.aborted) return { ...outcome, error: interrupted(report.running) };
  return error === undefined ? outcome : { ...outcome, error };
}

function interrupted(running: string | undefined): BundleError {
  const what =
    running === undefined
      ? 'Everything that was started has been removed'
      : `${visible(running)} runs`;
  return new BundleError('interrupted', { operation: 'starting', hint: `${what}.` });
}

/**
 * Returns the hook for BUNDLE_CRASH_AT=POINT, which ends the process at that point as `kill -9` does, so that tests
 * can check that the next run finishes the work. For tests only (docs/guide-operate.md).
 */
function crashPoint({
  BUNDLE_CRASH_AT: wanted,
}: NodeJS.ProcessEnv): (point: string) => Promise<void> {
  if (wanted !== undefined && !points.includes(wanted)) {
    throw new BundleError('usage', {
      operation: 'reading',
      subject: 'BUNDLE_CRASH_AT',
      expected: points.join(', '),
      found: wanted,
      hint: 'Unset the variable: it is for tests.',
    });
  }
  return async (point) => {
    if (point === wanted) process.kill(process.pid, 'SIGKILL');
  };
}
