import { createHash } from 'node:crypto';
import {
  appendLines,
  carryEnvLines,
  envValues,
  eolOf,
  exampleEntries,
  type Lookup,
  mentions,
} from '@bundle/compose';
import { dotEnv, packedDotEnv } from '@bundle/format';
import type { Release } from '../release.ts';
import type { Setting } from './setting.ts';

/** What is needed of a release, whether it is staged or still in its bundle. */
export type SettingsSource = Pick<Release, 'name' | 'manifest' | 'read'>;

/** Where the text of an env file comes from, before any value is given. */
export interface BaseFile {
  readonly text: string;
  readonly origin: 'kept' | 'carried over' | 'made from its example';
  /** As it is in the release, and in the one that runs; undefined where it is not there. */
  readonly own: string | undefined;
  readonly running: string | undefined;
}

export interface Releases {
  readonly target: SettingsSource;
  readonly running: SettingsSource | undefined;
  /** Whether the target ran here before: then its files are the operator's. */
  readonly ranBefore: boolean;
  /** Variables of the environment that Compose gets. */
  readonly lookup: Lookup;
}

/**
 * Finds what an env file of a release should be: its own where it ran before, else that of the release that runs, else made
 * from the example. Where a release that never ran brings the file, the lines that the operator set or changed in the one
 * that runs win over it, as they are written, and everything else is as it was packed.
 */
export async function baseFile(
  { target, running: from, ranBefore, lookup }: Releases,
  path: string,
  example: string,
  added: readonly Setting[],
): Promise<BaseFile> {
  const own = await target.read(path);
  const running = await from?.read(path);
  const base = { own, running };
  if (own !== undefined) {
    const isFresh = !ranBefore && own === (await packedText(target, path));
    const names =
      isFresh && from !== undefined && running !== undefined
        ? await editedNames(from, path, running, lookup)
        : [];
    if (names.length === 0) return { text: own, origin: 'kept', ...base };
    const files = { from: `${path} of ${from?.name}`, into: `${path} of ${target.name}` };
    const text = carryEnvLines(running ?? '', own, names, lookup, files);
    return { text, origin: 'carried over', ...base };
  }
  const exampleText = (await target.read(example)) ?? '';
  if (running === undefined) return { text: exampleText, origin: 'made from its example', ...base };
  const text = withAdded(running, path, exampleText, added, target.manifest.version);
  return { text, origin: 'carried over', ...base };
}

/** A file as its bundle had it; undefined where it had none, or where that cannot be told any more. */
async function packedText(
  { manifest, read }: SettingsSource,
  path: string,
): Promise<string | undefined> {
  const listed = manifest.files.find((file) => file.path === path);
  if (listed === undefined) return undefined;
  const copy = path === dotEnv ? await read(packedDotEnv) : undefined;
  if (copy !== undefined) return copy;
  // It has no copy while it is still in its bundle, and where an older command staged it.
  const own = await read(path);
  const digest = createHash('sha256')
    .update(own ?? '')
    .digest('hex');
  return digest === listed.sha256 ? own : undefined;
}

/** Names that the operator set or changed; all of them where the release came without values. */
async function editedNames(
  running: SettingsSource,
  path: string,
  text: string,
  lookup: Lookup,
): Promise<string[]> {
  const packed = envValues((await packedText(running, path)) ?? '', lookup);
  const file = `${path} of ${running.name}`;
  return [...envValues(text, lookup, { file })]
    .filter(([name, value]) => packed.get(name) !== value)
    .map(([name]) => name);
}

/**
 * The operator's file, with what the new release's example has besides. A name of the Compose file is commented out, since
 * that has its default; others have none but the example's.
 */
function withAdded(
  text: string,
  path: string,
  exampleText: string,
  added: readonly Setting[],
  version: string,
): string {
  const example = exampleEntries(exampleText);
  const fresh = added.filter(({ name }) => !mentions(text, name));
  if (fresh.length === 0) return text;
  const blocks = fresh.flatMap(({ name, description, default: value = '', ofCompose }) => {
    const entry = example.get(name);
    const isComment = path === dotEnv && (ofCompose || !entry?.value);
    const line = isComment ? `#${name}=${value}` : `${name}=${entry?.value ?? ''}`;
    return [...description.map((words) => `# ${words}`), line];
  });
  return appendLines(text, ['', `# New in ${version}`, ...blocks], eolOf(text));
}
