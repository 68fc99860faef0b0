import { portName } from '@bundle/compose';
import { type PortFacts, takenPorts } from '@bundle/host';
import type { Check } from './check.ts';

export function portChecks(
  facts: PortFacts & { readonly needs: { readonly unsetPorts: readonly string[] } },
): Check {
  const { needs, listening } = facts;
  const unset =
    needs.unsetPorts.length === 0
      ? ''
      : `; not known yet: ${needs.unsetPorts.map((name) => `\${${name}}`).join(', ')}`;
  const problems = takenPorts(facts);
  const ports = listed([...new Set(needs.ports.map(portName))]);
  if (problems.length > 0) {
    const hint =
      'Stop what uses the port, or publish another one (set in the Compose file or by a setting in env.example).';
    return { name: 'ports', result: 'fail', found: listed(problems, '; '), hint };
  }
  if (needs.ports.length === 0) {
    return { name: 'ports', result: 'pass', found: `no port is published${unset}` };
  }
  if (listening === undefined) {
    const hint = 'Only containers were checked: check on the engine’s machine what else listens.';
    return {
      name: 'ports',
      result: 'warn',
      found: `${ports}: not used by any container${unset}`,
      hint,
    };
  }
  return { name: 'ports', result: 'pass', found: `${ports} free${unset}` };
}

const maxListed = 50;

/** Lists some thousands of ports in few words. */
function listed(words: readonly string[], separator = ', '): string {
  const more = words.length > maxListed ? `${separator}and ${words.length - maxListed} more` : '';
  return `${words.slice(0, maxListed).join(separator)}${more}`;
}
