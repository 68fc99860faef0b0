import { exampleEntries, type Lookup } from '@bundle/compose';
import { isSecretName, settingsOf, type Values } from '@bundle/host/settings';
import { z } from 'zod';
import { secretMark } from './secret-text.ts';

const services = z.object({
  services: z.record(z.string(), z.object({ environment: z.unknown() }).nullable().catch(null)),
});

/**
 * Returns the values of a Compose file's variables: those given, else the example's. For a secret it returns a mark, so
 * that no value of one gets any further.
 */
export function markedLookup(compose: unknown, example: string, values: Values): Lookup {
  const settings = settingsOf(compose, example);
  const secrets = new Set([
    ...settings.filter(({ secret }) => secret).map(({ name }) => name),
    ...variablesOfSecrets(compose),
  ]);
  const examples = exampleEntries(example);
  return (name) => {
    // The folder of the project; its name looks like a password's.
    if (name === 'PWD') return '.';
    if (secrets.has(name) || isSecretName(name)) return secretMark(name);
    const entry = examples.get(name);
    const given = Object.hasOwn(values, name) ? values[name] : undefined;
    return given ?? (entry?.isSet ? entry.value : undefined);
  };
}

/** Lists the variables that are the whole value of a secret: `ADMIN_PASSWORD: ${ADMIN}`. */
function variablesOfSecrets(compose: unknown): string[] {
  const parsed = services.safeParse(compose).data?.services ?? {};
  return Object.values(parsed).flatMap((service) => assignmentsOf(service?.environment));
}

function assignmentsOf(environment: unknown): string[] {
  const lines = Array.isArray(environment)
    ? environment.map((line) => String(line).split(/=(.*)/s))
    : Object.entries(z.record(z.string(), z.unknown()).safeParse(environment).data ?? {});
  return lines.flatMap(([name, value]) => {
    const [, variable] = /^\$\{?([A-Za-z_]\w*)/.exec(String(value ?? '')) ?? [];
    return variable !== undefined && isSecretName(String(name)) ? [variable] : [];
  });
}
