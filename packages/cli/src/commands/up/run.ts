import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ioError } from '@bundle/files';
import { BundleError, type CheckName } from '@bundle/format';
import type { Release } from '@bundle/host';
import {
  askFirst,
  bringUp,
  type Consent,
  envValues,
  points,
  type Setting,
  type UpPlan,
} from '@bundle/operate';
import type { z } from 'zod';
import type { Context, Outcome } from '../../outcome.ts';
import { consentOf } from '../../shared/consent.ts';
import type { instanceOptions, startOptions } from '../../shared/options/up.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import { visible, visibleLines } from '../../shared/terminal/escape.ts';
import { type EngineChoice, openTools } from '../../shared/tools.ts';
import { planText, settingQuestion, upText } from './render.ts';

export type RunUpOptions = EngineChoice &
  z.output<typeof instanceOptions> &
  z.output<typeof startOptions> & {
    readonly action: 'up' | 'rollback';
    readonly release?: string | undefined;
    readonly dryRun: boolean;
    readonly reset?: boolean;
    readonly restoreVolumes?: boolean;
    /** Checks that must not stop it. */
    readonly ignore?: readonly CheckName[];
    /** The question was asked already, with what an import loads. */
    readonly agreed?: boolean;
    /** What was agreed to then. */
    readonly consent?: Consent;
  };

/** `bundle up`, `bundle rollback` and the second half of `bundle import --up`. */
export async function runUp(context: Context, options: RunUpOptions): Promise<Outcome> {
  const { env, say, ask, signal, onProgress, colours, stderrColours } = context;
  onProgress({ phase: 'looking', doneBytes: 0 });
  const stateDir = stateFolder(options.stateDir, context);
  const report = await bringUp(await openTools(options, stateDir, env), {
    stateDir,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.release === undefined ? {} : { release: options.release }),
    action: options.action,
    timeoutMs: options.timeout * 1000,
    settleMs: options.settle * 1000,
    ...(options.probe === undefined ? {} : { probe: options.probe }),
    backupVolumes: options.backupVolumes,
    restoreVolumes: options.restoreVolumes ?? false,
    reset: options.reset ?? false,
    ignorePorts: options.ignore?.includes('ports') ?? false,
    given: await givenSettings(context, options),
    dryRun: options.dryRun,
    ...(options.dryRun ? {} : asking(context)),
    consent: options.consent ?? consentOf(context, options.allow),
    onPlan: async (plan: UpPlan) => {
      say(planText(plan, stderrColours));
      if (ask === undefined || options.agreed === true) return true;
      return ask(options.action === 'rollback' ? 'Go back?' : 'Start it?');
    },
    onLine: (line) => say(`  ${visibleLines(line)}`),
    onProgress,
    signal,
    now: () => new Date(),
    onPoint: crashPoint(env),
  });
  const { error, ...json } = report;
  const outcome = { json, text: upText(report, colours) };
  if (signal.aborted) return { ...outcome, error: interrupted(report.running) };
  return error === undefined ? outcome : { ...outcome, error };
}

/** Nobody is asked where nobody can answer. */
function asking({ askText }: Context): { askSetting?: (setting: Setting) => Promise<string> } {
  if (askText === undefined) return {};
  return { askSetting: (setting) => askText(settingQuestion(setting), setting) };
}

/** What `bundle import --up` lacks, before it loads for minutes. */
export async function askForSettings(
  context: Context,
  options: Pick<RunUpOptions, 'set' | 'envFile'>,
  release: Release,
): Promise<Readonly<Record<string, string>>> {
  const given = await givenSettings(context, options);
  return askFirst(release, given, asking(context).askSetting);
}

function interrupted(running: string | undefined): BundleError {
  const what = running === undefined ? 'What was started was removed' : `${visible(running)} runs`;
  return new BundleError('interrupted', { operation: 'starting', hint: `${what}.` });
}

/** Settings of the command line: those of files, and above them single ones. */
export async function givenSettings(
  { cwd }: Context,
  { envFile, set }: Pick<z.output<typeof startOptions>, 'envFile' | 'set'>,
): Promise<Record<string, string>> {
  const given: Record<string, string> = {};
  for (const file of envFile) {
    const path = resolve(cwd, file);
    try {
      Object.assign(given, envValues(await readFile(path, 'utf8')));
    } catch (error) {
      throw ioError(error, 'reading the settings in', path, 'input-unreadable');
    }
  }
  return { ...given, ...set };
}

/**
 * BUNDLE_CRASH_AT=POINT ends the process there as `kill -9` does, so that tests can see that the next run finishes
 * the work. Of no use to anybody else (docs/guide-operate.md).
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
