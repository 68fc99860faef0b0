import { startServices } from '@bundle/operate';
import type { RebuildableRelease } from '@bundle/rebuild';
import type { Context } from '../../outcome.ts';
import { visibleLines } from '../../shared/terminal/escape.ts';
import { translatedLine } from '../../shared/text/text.ts';
import { openTools } from '../../shared/tools.ts';
import type { RebuildChoice } from './definition.ts';

/** Opens what a start needs, and returns what restarts these services alone. A file of its own: few rebuilds need it. */
export async function openStart(
  { env, say, onProgress, signal }: Context,
  release: RebuildableRelease,
  services: readonly string[],
  hint: string,
  options: RebuildChoice,
): Promise<() => Promise<void>> {
  const tools = await openTools(options, release.instance.stateDir, env);
  return () =>
    startServices(tools, release, services, {
      timeoutMs: options.timeout * 1000,
      hint,
      onLine: (line) => say(visibleLines(translatedLine(line))),
      onProgress,
      signal,
    });
}
