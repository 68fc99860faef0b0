import { limits, paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { type BundleSource, readExtent, requireEntry } from '@bundle/store';
import { z } from 'zod';

/** A key of the configuration that differs between two bundles. */
export interface SettingChange {
  readonly file: string;
  /** `PORT`, or a place such as `services.api.image`. */
  readonly key: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** As text, where present. */
  readonly before?: string;
  readonly after?: string;
}

/** Compares the variables of env.example and the keys of the Compose file. */
export async function settingChanges(
  before: BundleSource | undefined,
  after: BundleSource | undefined,
): Promise<readonly SettingChange[] | undefined> {
  if (before === undefined || after === undefined) return undefined;
  const found: SettingChange[] = [];
  for (const [file, keysOf] of [
    [paths.envExample, variablesOf],
    [paths.compose, composeKeysOf],
  ] as const) {
    const [old, now] = [await read(before, file), await read(after, file)];
    if (old === now) continue;
    for (const change of compare(file, keysOf(old), keysOf(now))) found.push(change);
  }
  return found;
}

async function read(source: BundleSource, path: string): Promise<string> {
  const extent = requireEntry(source, path);
  return (await readExtent(extent, limits.maxConfigFileBytes, path)).toString('utf8');
}

function compare(
  file: string,
  old: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): SettingChange[] {
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key) => {
    const [before, after] = [old.get(key), now.get(key)];
    if (before === after) return [];
    const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
    return [
      {
        file,
        key,
        change,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      } as const,
    ];
  });
}

/** Reads assignments as in an env file; commented ones do not count. */
export function variablesOf(text: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=(.*)$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, value.trim()]));
}

const nested = z.record(z.string(), z.unknown());
const assignments = z.array(z.string());

/** `name`, `services.api.image`, `services.api.environment.PORT`: mappings are flattened completely. */
export function composeKeysOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const take = (key: string, value: unknown, name: string): void => {
    const entries = Object.entries(
      nested.safeParse(value).data ?? (name === 'environment' ? assignedIn(value) : {}),
    );
    for (const [next, one] of entries) take(key === '' ? next : `${key}.${next}`, one, next);
    if (entries.length > 0 || key === '') return;
    found.set(key, typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  };
  take('', parseYamlDocument(text, paths.compose).value, '');
  return found;
}

/** Reads a list of NAME=VALUE, which Compose accepts in place of a mapping. */
function assignedIn(value: unknown): Record<string, string> {
  const lines = assignments.safeParse(value).data ?? [];
  return Object.fromEntries(
    lines.map((line) => [line.split('=', 1)[0], line.replace(/^[^=]*=?/, '')]),
  );
}
