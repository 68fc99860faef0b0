import { isAtOrBelow } from '@bundle/compose';
import type { Decided, MountInput } from './decide-mount.ts';
import { entryWithSource, sourceInRelease } from './relocate.ts';

/** What compose.offline.yml says of mounts that lie elsewhere in a release than the Compose file says. */
export interface Relocated {
  /** Entries of `volumes:` by service; `isWhole`: they take the place of all that the Compose file has. */
  readonly volumes: ReadonlyMap<
    string,
    { readonly entries: readonly unknown[]; readonly isWhole: boolean }
  >;
  /** Files by the name of the config or secret. */
  /** Entries that were changed, as they are written and as they become; undefined for one that is taken out. */
  readonly changed: ReadonlyMap<string, ReadonlyMap<unknown, unknown>>;
  readonly configs: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, string>;
  /** Folders by the name of the volume that is bound to them. */
  readonly bound: ReadonlyMap<string, string>;
}

/** Finds the mounts that lie elsewhere in a release than the Compose file says. */
export function relocatedOf(all: readonly Decided[], input: MountInput): Relocated {
  const { places, lookup } = input;
  const entries = new Map<string, Map<unknown, unknown>>();
  const files = { config: new Map<string, string>(), secret: new Map<string, string>() };
  const bound = new Map<string, string>();
  for (const { mount, written, reason, was } of all) {
    if (mount.kind === 'volume') continue;
    // Secrets are brought to the release itself, where that is possible.
    const isPlaced =
      reason === undefined ||
      (mount.kind === 'secret' && isAtOrBelow(mount.source, places.projectDir));
    const source = sourceInRelease(mount, written.source, isPlaced, places, lookup);
    if (source === undefined) continue;
    if (mount.volume !== undefined) bound.set(mount.volume, source);
    else if (mount.kind !== 'bind') files[mount.kind].set(mount.target, source);
    else if (written.entry !== undefined) {
      const ofService = entries.get(mount.service) ?? new Map<unknown, unknown>();
      const entry = was === 'image' ? undefined : entryWithSource(written.entry, source);
      entries.set(mount.service, ofService.set(written.entry, entry));
    }
  }
  const volumes = new Map(
    [...entries].map(([service, changed]) => [service, volumesOf(service, changed, input)]),
  );
  return { volumes, changed: entries, configs: files.config, secrets: files.secret, bound };
}

/** `changed`: entries as they are written, with what takes their place; undefined for one that is taken out. */
function volumesOf(
  service: string,
  changed: ReadonlyMap<unknown, unknown>,
  { entriesOf }: MountInput,
) {
  const isWhole = [...changed.values()].includes(undefined);
  const entries = isWhole
    ? entriesOf(service).map((entry) => (changed.has(entry) ? changed.get(entry) : entry))
    : [...changed.values()];
  return { entries: entries.filter((entry) => entry !== undefined), isWhole };
}
