import { type ExampleEntry, profileNames, profilesVariable } from '@bundle/compose';
import type { PlannedProfile } from './application.ts';

/**
 * Lists the lines of env.example that choose the profiles to start: those that run here, if known. `own`: the project's
 * own example of this choice, which is kept if it contains variables.
 */
export function profileLines(
  profiles: readonly PlannedProfile[],
  own: ExampleEntry | undefined,
): string[] {
  const packed = profiles.filter(({ problem }) => problem === undefined);
  if (packed.length === 0) return [];
  const started = packed.filter((one) => one.started).map(({ name }) => name);
  const isChoice = started.length > 0 || packed.some((one) => one.alternatives.length > 0);
  return [
    '# Services that start only with a profile:',
    ...packed.map((profile) => `# ${profileText(profile)}`),
    `# any of: ${packed.map(({ name }) => name).join(', ')}`,
    ...(isChoice ? ['# asked before the first start'] : []),
    line(started, own),
  ];
}

function profileText({ name, services, alternatives }: PlannedProfile): string {
  const not = alternatives.length === 0 ? '' : `, not beside ${alternatives.join(', ')}`;
  return `${name} (${services.join(', ')}${not})`;
}

/** Returns the assignment, which overrides an earlier one in the project's own example. */
function line(started: readonly string[], own: ExampleEntry | undefined): string {
  const there = new Set(profileNames(own?.value));
  const isSame = there.size === started.length && started.every((name) => there.has(name));
  const isLinked = own?.isSet === true && own.written.includes('$');
  if (started.length === 0 || isSame || isLinked) return `#${profilesVariable}=`;
  return `${profilesVariable}=${started.join(',')}`;
}
