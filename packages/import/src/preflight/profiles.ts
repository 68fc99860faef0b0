import type { ComposeNeeds } from '@bundle/compose';
import type { Check } from './check.ts';

/** Checks that the services that start can run together, and tells which of the packed ones start. */
export function profilesCheck({
  needs: { services = [], waiting, idle, clashes },
}: {
  readonly needs: Pick<ComposeNeeds, 'services' | 'waiting' | 'idle' | 'clashes'>;
}): Check {
  const name = 'profiles';
  if (clashes.length > 0) {
    const found = clashes
      .map(({ services: [one, other], over }) => `${one} and ${other} both want the ${over}`)
      .join('; ');
    const hint =
      'If they have different profiles, choose one of these: --set COMPOSE_PROFILES=NAME.';
    return { name, result: 'fail', found, hint };
  }
  if (waiting.length === 0) {
    const found =
      idle.length === 0
        ? 'all services start'
        : `all services start, except with a scale of 0: ${idle.join(', ')}`;
    return { name, result: 'pass', found };
  }
  const starting = services.filter((service) => !idle.includes(service));
  const not = waiting.map(({ service, profiles }) => `${service} (${profiles.join(', ')})`);
  const found = `${starting.join(', ') || 'nothing'} start; only with a profile: ${not.join(', ')}`;
  const hint = 'To choose: `bundle up --set COMPOSE_PROFILES=NAMES`, with commas between names.';
  return { name, result: 'pass', found, hint };
}
