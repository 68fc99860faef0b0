import type { Engine } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import {
  isPreviousName,
  localName,
  type Rebuild,
  type RebuildResult,
  readRebuilds,
  writeRebuilds,
} from '@bundle/host';
import type { RebuildableRelease } from './release.ts';

type Rebuilt = Pick<RebuildableRelease, 'folder' | 'manifest'>;

/** Number of rebuilds of one image that can be undone, one after the other; images replaced by older rebuilds lose their names. */
const undoable = 3;

/** Records the result of a rebuild, gives it a lasting name, and removes the names of older ones. */
export async function recordRebuild(
  engine: Engine,
  release: Rebuilt,
  { reference, services }: Pick<Rebuild, 'reference' | 'services'>,
  result: RebuildResult,
): Promise<void> {
  const all = await readRebuilds(release);
  const before = all.find((one) => one.reference === reference)?.results ?? [];
  // An undo restores an image that was put there by hand since, and stops there.
  const isNext = before.at(-1)?.imageId === result.previous?.imageId;
  const results = lastOnes([...(isNext ? before : []), result]);
  const others = all.filter((one) => one.reference !== reference);
  await engine.tagImage(result.imageId, localName(reference, result.imageId));
  const [listed] = await Promise.all([
    engine.listNames(),
    writeRebuilds(release, [...others, { reference, services: [...services], results }]),
  ]);
  const kept = results.flatMap(({ imageId, previous }) => [
    localName(reference, imageId),
    ...(previous === null ? [] : [previous.name]),
  ]);
  const dropped = before.map(({ imageId }) => localName(reference, imageId));
  const names = listed.map(({ name }) => name);
  await dropNames(
    engine,
    names.filter(
      (name) => !kept.includes(name) && (isPreviousName(name, reference) || dropped.includes(name)),
    ),
  );
}

/** The oldest remaining rebuild can no longer be undone. */
function lastOnes(results: readonly RebuildResult[]): RebuildResult[] {
  const [oldest, ...rest] = results.slice(-undoable - 1);
  if (oldest === undefined || rest.length < undoable) return [...results];
  return [{ ...oldest, previous: null }, ...rest];
}

export interface UndoneImage {
  readonly services: readonly string[];
  readonly image: string;
  /** ID of the image that got its name back. */
  readonly imageId: string;
}

/**
 * Gives the images replaced by the last rebuilds of these services their names back; without services, those of all
 * rebuilt ones. Everything is checked before the first name is changed. Fails with `rebuild-unavailable`.
 */
export async function undoRebuilds(
  engine: Engine,
  release: Rebuilt,
  services: readonly string[],
): Promise<UndoneImage[]> {
  const all = await readRebuilds(release);
  const ofServices = all.filter((one) => one.services.length > 0);
  const chosen = ofServices.filter(
    (one) => services.length === 0 || one.services.some((service) => services.includes(service)),
  );
  const unknown = services.filter((name) => !chosen.some((one) => one.services.includes(name)));
  if (chosen.length === 0 || unknown.length > 0) throw nothingToUndo(release, ofServices, unknown);
  const planned: { rebuild: Rebuild; last: RebuildResult; name: string; imageId: string }[] = [];
  for (const rebuild of chosen) planned.push({ rebuild, ...(await lastOf(engine, rebuild)) });
  for (const { rebuild, name } of planned) await engine.tagImage(name, rebuild.reference);
  // All at once: until then, the same command does the same again, also after a kill.
  const rest = all.map((one) =>
    chosen.includes(one) ? { ...one, results: one.results.slice(0, -1) } : one,
  );
  await writeRebuilds(
    release,
    rest.filter(({ results }) => results.length > 0),
  );
  const names = (await engine.listNames()).map(({ name }) => name);
  const dropped = planned.flatMap(({ rebuild, last, name }) => [
    name,
    localName(rebuild.reference, last.imageId),
  ]);
  await dropNames(
    engine,
    names.filter((name) => dropped.includes(name)),
  );
  return planned.map(({ rebuild, imageId }) => ({
    services: rebuild.services,
    image: rebuild.reference,
    imageId,
  }));
}

async function lastOf(
  engine: Engine,
  { reference, results }: Rebuild,
): Promise<{ last: RebuildResult; name: string; imageId: string }> {
  const last = results.at(-1);
  const now = await engine.inspectImage(reference);
  if (last === undefined) throw notUndone(reference, 'a rebuild', 'none');
  const { previous } = last;
  // An undo that was killed may have moved the name already.
  if (now?.id !== last.imageId && (now === undefined || now.id !== previous?.imageId)) {
    throw notUndone(reference, last.imageId, now?.id ?? 'no image of that name');
  }
  if (previous === null) throw notUndone(reference, 'an image before it', 'none');
  const found = await engine.inspectImage(previous.name);
  if (found?.id === previous.imageId) return { last, ...previous };
  throw notUndone(previous.name, previous.imageId, found?.id ?? 'no image of that name');
}

/**
 * An image used by a container keeps its last name: the engine refuses to remove it, and the next rebuild tries
 * again.
 */
async function dropNames(engine: Engine, names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      try {
        await engine.untagImage(name);
      } catch (error) {
        if (!(error instanceof BundleError) || error.code !== 'engine-failed') throw error;
      }
    }),
  );
}

function notUndone(subject: string, expected: string, found: string): BundleError {
  return new BundleError('rebuild-unavailable', {
    operation: 'undoing the last rebuild of',
    subject,
    expected,
    found,
    hint: 'Image names have changed since. `bundle up --reset` runs the images of the release.',
  });
}

function nothingToUndo(
  { manifest }: Rebuilt,
  rebuilds: readonly Rebuild[],
  unknown: readonly string[],
): BundleError {
  const names = rebuilds.flatMap(({ services }) => services);
  return new BundleError('rebuild-unavailable', {
    operation: 'looking for rebuilt images of',
    subject: `${manifest.product} ${manifest.version}`,
    expected: unknown.length === 0 ? 'a service that was rebuilt' : unknown.join(', '),
    found: names.length === 0 ? 'none' : names.join(', '),
    hint: 'Only results of `bundle rebuild` can be undone.',
  });
}
