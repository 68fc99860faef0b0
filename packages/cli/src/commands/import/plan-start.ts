import type { Permission } from '@bundle/compose';
import type { Release } from '@bundle/host';
import type { Values } from '@bundle/host/settings';
import { askConsent, type ComparedFiles, previewStart } from '@bundle/operate';
import type { Context } from '../../outcome.ts';
import type { Permitted } from '../../shared/consent.ts';
import { askingSettings } from '../../shared/settings.ts';
import { composeLookup, openTools } from '../../shared/tools.ts';
import { planText } from '../up/render.ts';
import type { ImportChoice } from './definition.ts';

export interface ShownStart {
  /** Text of the plan, as it was shown. */
  readonly text: string;
  readonly answers: Values;
  readonly compared: ComparedFiles | undefined;
  /** What the release asks for of the host, and nobody has granted yet. */
  readonly open: readonly Permission[];
}

/**
 * Plans and shows the start of a release that is about to be imported, and asks for settings without a value. Where
 * nobody can be asked, fails with `settings-missing` or `consent-missing` before anything is loaded.
 */
export async function showStart(
  context: Context,
  options: ImportChoice,
  release: Release,
  given: Values,
  permitted: Permitted,
): Promise<ShownStart> {
  const { env, say, ask, signal, onProgress, stderrColours } = context;
  const tools = await openTools(options, release.instance.stateDir, env);
  const { plan, answers } = await previewStart(tools, release, {
    action: 'up',
    backupVolumes: options.backupVolumes,
    reset: false,
    given,
    lookup: composeLookup(env),
    ...(options.dryRun ? {} : askingSettings(context)),
    dryRun: options.dryRun,
    onProgress,
    signal,
  });
  const text = planText(plan, stderrColours);
  say(text);
  const open = permitted.open(plan.permissions);
  if (ask === undefined && !options.dryRun) await askConsent(release, open, permitted.consent);
  const { from: running, changedFiles } = plan;
  const compared = running === undefined ? undefined : { release: running, changedFiles };
  return { text, answers, compared, open };
}
