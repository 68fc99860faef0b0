import { z } from 'zod';
import type { Findings } from './findings.ts';
import { type Service, serviceShape } from './service-schema.ts';
import { unmappedKeys } from './unmapped-keys.ts';

const record = z.record(z.string(), z.unknown());

/** Reads the services of an interpolated Compose document, those that they extend merged in. */
export function readServices(document: unknown, findings: Findings): Map<string, Service> {
  const written = record.safeParse(record.safeParse(document).data?.['services']).data ?? {};
  const own = new Map(
    Object.entries(written).map(([name, value]) => [name, readService(name, value, findings)]),
  );
  return new Map([...own.keys()].map((name) => [name, extended(own, name, [])]));
}

function readService(name: string, value: unknown, findings: Findings): Service {
  const known: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(record.safeParse(value).data ?? {})) {
    if (part === null || part === undefined || key.startsWith('x-')) continue;
    if (Object.hasOwn(serviceShape, key)) {
      known[key] = part;
      continue;
    }
    const why = unmappedKeys.get(key) ?? 'this key is not known here';
    if (why !== '') findings.notMapped(['services', name, key], why);
  }
  return partOf(name, known, findings);
}

/** Reads key by key, so that one in a form that is not understood is left out and named. */
function partOf(
  name: string,
  known: Readonly<Record<string, unknown>>,
  findings: Findings,
): Service {
  const schema = z.object(serviceShape).partial();
  const whole = schema.safeParse(known);
  if (whole.success) return whole.data;
  const wrong = new Set(whole.error.issues.map(({ path: [key] }) => String(key)));
  for (const key of wrong) {
    findings.notMapped(['services', name, key], 'its form is not understood');
  }
  const rest = Object.entries(known).filter(([key]) => !wrong.has(key));
  return schema.safeParse(Object.fromEntries(rest)).data ?? {};
}

function extended(
  services: ReadonlyMap<string, Service>,
  name: string,
  path: readonly string[],
): Service {
  const { extends: base, ...own } = services.get(name) ?? {};
  if (base === undefined || path.includes(base) || base === name || !services.has(base)) return own;
  const { profiles: _, depends_on: __, ...inherited } = extended(services, base, [...path, name]);
  return {
    ...inherited,
    ...own,
    environment: { ...inherited.environment, ...own.environment },
    env_file: [...(inherited.env_file ?? []), ...(own.env_file ?? [])],
    volumes: [...(inherited.volumes ?? []), ...(own.volumes ?? [])],
    ports: [...(inherited.ports ?? []), ...(own.ports ?? [])],
    configs: [...(inherited.configs ?? []), ...(own.configs ?? [])],
    secrets: [...(inherited.secrets ?? []), ...(own.secrets ?? [])],
  };
}
