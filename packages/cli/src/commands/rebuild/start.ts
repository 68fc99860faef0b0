import { checkRestart, startServices } from '@bundle/operate';
import type { RebuildableRelease } from '@bundle/rebuild';
import type { Context } from '../../outcome.ts';
import { visibleLines } from '../../shared/terminal/escape.ts';
import { translatedLine } from '../../shared/text/text.ts';
import { openTools } from '../../shared/tools.ts';
import type { RebuildChoice } from './definition.ts';

/** Restarts services alone; `hint` says what to do if they do not become healthy. */
export type Restart = (services: readonly string[], hint: string) => Promise<void>;

/**
 * Opens what a start needs, checks that services may be restarted alone, and returns what restarts them. A file of its
 * own: few rebuilds need it.
 */
export async function openStart(
  { env, say, onProgress, signal }: Context,
  release: RebuildableRelease,
  options: RebuildChoice,
): Promise<Restart> {
  const tools = await openTools(options, release.instance.stateDir, env);
  await checkRestart(tools, release);
  return (services, hint) =>
    startServices(tools, release, services, {
      timeoutMs: options.timeout * 1000,
      hint,
      onLine: (line) => say(visibleLines(translatedLine(line))),
      onProgress,
      signal,
    });
}
