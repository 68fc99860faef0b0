import type { ProjectContainer } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import { chooseInstance, type InstanceState, projectOnly } from '@bundle/host';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { openTools } from '../../shared/tools.ts';
import type { LogsOptions } from './definition.ts';

/** Runs `bundle logs`. With --follow, lines go to stdout as they arrive; with --json, one document per line. */
export async function runLogs(
  context: Context,
  services: readonly string[],
  options: LogsOptions,
): Promise<Outcome> {
  const { onProgress, endProgress, stderrColours } = context;
  onProgress({ phase: 'asking the engine', doneBytes: 0 });
  const folder = stateFolder(options.stateDir, context);
  const state = await chooseInstance(folder, options.name);
  const { name } = state;
  const { compose, runtime } = await openTools(options, folder, context.env);
  if (services.length > 0) checkServices(state, services, await runtime.containers(name));
  const lines: string[] = [];
  const { tail, follow, since } = options;
  const chosen = {
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since }),
    follow,
  };
  const onLine = (line: string): void => {
    // Lines of services begin with the name of the container; this one is Compose’s own, printed when it is stopped.
    if (line === '') return;
    if (!follow) {
      lines.push(line);
      return;
    }
    endProgress();
    context.print({ name, line }, visible(line));
  };
  // Services may write nothing for days: only a terminal is told every moment that it waits.
  if (follow && stderrColours.columns === undefined) endProgress();
  else onProgress({ phase: follow ? 'waiting for new lines' : 'reading the logs', doneBytes: 0 });
  try {
    await compose.logs(projectOnly(name), services, chosen, onLine, context.signal);
  } catch (error) {
    // --follow normally ends by being stopped.
    if (!follow || !context.signal.aborted) throw error;
  }
  if (follow) return { text: '' };
  return { json: { name, lines }, text: lines.map(visible).join('\n') };
}

/** Refuses unknown services, for which Compose would silently print nothing. Fails with `usage`. */
function checkServices(
  { name, releases, current }: InstanceState,
  services: readonly string[],
  containers: readonly ProjectContainer[],
): void {
  const release = releases.find((one) => one.name === current);
  const known = new Set([
    ...containers.map(({ service }) => service),
    ...(release?.manifest.images ?? []).flatMap((image) => image.services),
  ]);
  const unknown = services.filter((service) => !known.has(service));
  if (unknown.length === 0) return;
  throw new BundleError('usage', {
    operation: 'looking for services of',
    subject: name,
    expected: [...known].sort().join(', '),
    found: unknown.join(', '),
    hint: 'Name services of the application, or leave the names out for all logs.',
  });
}
