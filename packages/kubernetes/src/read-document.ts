import {
  type Lookup,
  mapStrings,
  splitShortVolume,
  tryInterpolate,
  withoutSlash,
} from '@bundle/compose';
import { parseYamlDocument } from '@bundle/format/yaml';
import { z } from 'zod';
import type { Findings } from './findings.ts';
import { hasSecret } from './secret-text.ts';

const record = z.record(z.string(), z.unknown());
type Raw = Readonly<Record<string, unknown>>;
const rawOf = (value: unknown): Raw => record.safeParse(value).data ?? {};

/** Places in a service where a secret may be a part of a text. */
const secretKeys = new Set(['environment', 'command', 'entrypoint', 'healthcheck']);

/** Interpolates a Compose document; what needs a value that nobody gave is left out and named. */
export function interpolated(compose: unknown, lookup: Lookup, findings: Findings): unknown {
  const mapped = mapStrings(compose, (text, path) => {
    const [top, service, key] = path;
    if (hasSecret(text)) {
      findings.notMapped(path, 'it has a character that no variable can have');
      return undefined;
    }
    const value = tryInterpolate(text, lookup);
    if (value === undefined) {
      findings.notMapped(path, 'a variable in it has no value: give it with --set');
      return undefined;
    }
    const isAllowed =
      top === 'services' ? secretKeys.has(String(key)) : top === 'configs' && key === 'content';
    if (!hasSecret(value) || isAllowed) return typed(value, text);
    // A Docker label with a password is not converted anyway.
    if (service !== undefined && key !== 'labels') {
      findings.notMapped(path, 'a part of it is secret, and has no place in a manifest');
    }
    return undefined;
  });
  return withoutUndefined(mapped);
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => item !== undefined).map(withoutUndefined);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === undefined ? [] : [[key, withoutUndefined(item)]],
    ),
  );
}

/** `privileged: ${X:-false}` means a boolean, not a word. */
function typed(value: string, written: string): unknown {
  if (value === written) return value;
  return value === 'true' ? true : value === 'false' ? false : value;
}

/** Lays compose.offline.yml over the document: the places of mounts, env files, configs and secrets in the bundle. */
export function withPlaces(compose: unknown, offline: string, file: string): unknown {
  const { value, tagOf } = parseYamlDocument(offline, file);
  const base = rawOf(compose);
  const over = rawOf(value);
  const services = Object.entries(rawOf(base['services'])).map(([name, written]) => {
    const service = rawOf(written);
    const placed = rawOf(rawOf(over['services'])[name]);
    const isWhole = (key: string): boolean => tagOf(['services', name, key]) === '!override';
    return [
      name,
      {
        ...service,
        ...merged(service, placed, 'volumes', isWhole('volumes')),
        ...(isWhole('env_file') ? { env_file: placed['env_file'] } : {}),
      },
    ];
  });
  const files = ['configs', 'secrets', 'volumes'].map((key) => [
    key,
    Object.fromEntries(
      Object.entries(rawOf(base[key])).map(([name, written]) => [
        name,
        { ...rawOf(written), ...rawOf(rawOf(over[key])[name]) },
      ]),
    ),
  ]);
  return { ...base, ...Object.fromEntries(files), services: Object.fromEntries(services) };
}

function merged(service: Raw, placed: Raw, key: string, isWhole: boolean): Raw {
  const later = listOf(placed[key]);
  if (later.length === 0 && !isWhole) return {};
  const taken = new Set(later.map(targetOf));
  const kept = isWhole ? [] : listOf(service[key]).filter((one) => !taken.has(targetOf(one)));
  return { [key]: [...kept, ...later] };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function targetOf(entry: unknown): string {
  const target =
    typeof entry === 'string' ? splitShortVolume(entry).target : rawOf(entry)['target'];
  return withoutSlash(String(target ?? ''));
}
