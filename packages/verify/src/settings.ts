import { limits, paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { type BundleSource, readExtent, requireEntry } from '@bundle/store';
import { z } from 'zod';

/** A key of the configuration that is not the same in two bundles. */
export interface SettingChange {
  readonly file: string;
  /** `PORT`, or a place such as `services.api.image`. */
  readonly key: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** As text, where it was or is there. */
  readonly before?: string;
  readonly after?: string;
}

/** Variables of env.example, and keys of the Compose file down to those of each service, network and volume. */
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
    if (old !== now) found.push(...compare(file, keysOf(old), keysOf(now)));
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

/** Assignments as in an env file; what is commented out is no setting. */
export function variablesOf(text: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=(.*)$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, value.trim()]));
}

const nested = z.record(z.string(), z.unknown());

/** `name`, `services.api.image`, `volumes.data`: sections of named things are taken apart, and services once more. */
export function composeKeysOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const document = nested.safeParse(parseYamlDocument(text, paths.compose).value);
  const put = (key: string, value: unknown): void => {
    found.set(key, typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
  };
  for (const [section, value] of Object.entries(document.data ?? {})) {
    const entries = sections.has(section) ? nested.safeParse(value).data : undefined;
    if (entries === undefined) put(section, value);
    for (const [name, entry] of Object.entries(entries ?? {})) {
      const keys = section === 'services' ? nested.safeParse(entry).data : undefined;
      if (keys === undefined) put(`${section}.${name}`, entry);
      for (const [key, one] of Object.entries(keys ?? {})) put(`${section}.${name}.${key}`, one);
    }
  }
  return found;
}

const sections = new Set(['services', 'networks', 'volumes', 'configs', 'secrets', 'models']);
