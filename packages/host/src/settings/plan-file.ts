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

/** The parts of a release needed here, whether it is staged or still in its bundle. */
export type SettingsSource = Pick<Release, 'name' | 'manifest' | 'read'>;

/** Where the text of an env file comes from, before any value is given. */
export interface BaseFile {
  readonly text: string;
  readonly origin: 'kept' | 'carried over' | 'made from its example';
  /** Its text in the release, and in the running one; undefined where the file is absent. */
  readonly own: string | undefined;
  readonly running: string | undefined;
}

export interface Releases {
  readonly target: SettingsSource;
  readonly running: SettingsSource | undefined;
  /** Whether the target has run here before: then its files belong to the operator. */
  readonly ranBefore: boolean;
  /** Environment variables that are passed to Compose. */
  readonly lookup: Lookup;
}

/**
 * Decides the text of an env file of a release: its own if it has run before, otherwise that of the running release,
 * otherwise one made from the example. If a release that has never run brings the file, lines that the operator set
 * or changed in the running one override it verbatim; everything else stays as packed.
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

/** Reads a file as its bundle had it; undefined if the bundle had none, or if that is no longer known. */
async function packedText(
  { manifest, read }: SettingsSource,
  path: string,
): Promise<string | undefined> {
  const listed = manifest.files.find((file) => file.path === path);
  if (listed === undefined) return undefined;
  const copy = path === dotEnv ? await read(packedDotEnv) : undefined;
  if (copy !== undefined) return copy;
  // A release has no copy while it is still in its bundle, or if an older command staged it.
  const own = await read(path);
  const digest = createHash('sha256')
    .update(own ?? '')
    .digest('hex');
  return digest === listed.sha256 ? own : undefined;
}

/** Lists the names that the operator set or changed; all of them if the release came without values. */
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
 * Returns the operator’s file, extended with what is new in the example of the new release. A name of the Compose
 * file is commented out, since that file has a default for it; other names have only the default of the example.
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
