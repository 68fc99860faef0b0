import {
  chainRecord,
  hasMounts,
  keyForms,
  type Portability,
  type Run,
  runKey,
} from '@bundle/recipe';
import { withConfig } from '../images/assemble.ts';
import { type CacheRecord, readCacheRecords, withCacheRecords } from './cache-records.ts';
import type { CapturedStage, PackedBuild, PackedStage } from './capture.ts';

export interface PortableBuild extends PackedBuild {
  /** Properties of the engine that its caches do not depend on. */
  readonly portable: Portability[];
  /** Stages whose cache has an unknown form and is packed unchanged. */
  readonly unread: readonly string[];
}

/**
 * Rewrites the caches in a build's cache images so that as many engines as possible find them, and reports how portable
 * they are. Only cache images change: they belong to the bundle alone.
 */
export function portableCaches(build: PackedBuild): PortableBuild {
  const known = new Set<string>();
  const unread: string[] = [];
  let isOnChains = true;
  const stages = build.stages.map((stage): PackedStage => {
    const { assembled } = stage.image;
    const config: unknown = JSON.parse(assembled.config.toString('utf8'));
    const found = readCacheRecords(config);
    if (found === undefined) {
      unread.push(stage.name);
      return stage;
    }
    const records = onChains(found, build.roots);
    const all = forAllReleases(records, stage.runs ?? []);
    for (const run of all.known) known.add(identityOf(run));
    isOnChains &&= isOnChain(records, stage);
    const text = JSON.stringify(withCacheRecords(config, all.records));
    const image = { ...stage.image, assembled: withConfig(assembled, Buffer.from(text)) };
    return { ...stage, image };
  });
  const isForAll = build.stages.every(({ runs }) =>
    runs?.every((run) => !hasMounts(run) || known.has(identityOf(run))),
  );
  const portable: Portability[] = [];
  if (isOnChains && unread.length === 0) portable.push('store');
  if (isForAll && unread.length === 0) portable.push('release');
  return { ...build, stages, portable, unread };
}

function identityOf(run: Run): string {
  return runKey(run, 'since-0.17').record;
}

/** Tells whether the steps on top of a stage's base image are found by that image's layers. */
function isOnChain(records: readonly CacheRecord[], { base }: CapturedStage): boolean {
  if (base === undefined || records.length === 0) return true;
  return records.some(({ digest }) => digest === chainRecord(base));
}

type Inputs = NonNullable<CacheRecord['inputs']>;

/**
 * Returns records that engines with either image store find. Only the containerd store keeps the manifest of a base
 * image, so records that depend on the manifest are moved to its layers, which both stores look for. `roots` maps
 * records by manifest to records by chain ID.
 */
export function onChains(
  records: readonly CacheRecord[],
  roots: ReadonlyMap<string, string>,
): CacheRecord[] {
  return records.map((record) => ({
    ...record,
    digest: (isRoot(record) ? roots.get(record.digest) : undefined) ?? record.digest,
  }));
}

function isRoot({ inputs }: CacheRecord): boolean {
  return (inputs ?? []).length === 0;
}

/**
 * Returns records that other releases of the engine find too: each RUN with mounts gets a second record with the key
 * that those releases compute. `known` lists the runs whose layers are among the records.
 */
export function forAllReleases(
  records: readonly CacheRecord[],
  runs: readonly Run[],
): { records: CacheRecord[]; known: Run[] } {
  const twins: { readonly of: number; readonly record: CacheRecord }[] = [];
  const known: Run[] = [];
  const mounting = new Map(runs.filter(hasMounts).map((run) => [identityOf(run), run]));
  for (const run of mounting.values()) {
    records.forEach((record, of) => {
      for (const form of keyForms) {
        const own = runKey(run, form);
        if (record.digest !== own.record) continue;
        for (const other of keyForms.filter((one) => one !== form)) {
          const inputs = otherInputs(record.inputs ?? [], own, runKey(run, other));
          if (inputs === undefined) continue;
          twins.push({ of, record: { ...record, digest: runKey(run, other).record, inputs } });
          if ((record.layers ?? []).length > 0) known.push(run);
        }
      }
    });
  }
  const twinOf = new Map(twins.map(({ of }, index) => [of, records.length + index]));
  const linked = (record: CacheRecord): CacheRecord => {
    if (isRoot(record)) return record;
    const inputs = (record.inputs ?? []).map((links) =>
      links.flatMap((link) => {
        const twin = twinOf.get(link.link);
        return twin === undefined ? [link] : [link, { ...link, link: twin }];
      }),
    );
    return { ...record, inputs };
  };
  return { records: [...records, ...twins.map(({ record }) => record)].map(linked), known };
}

/**
 * Returns the links of a record with the selectors of the other key. Links without a selector point to records of
 * content, and are kept if the same paths count. Undefined if an input has no link left.
 */
function otherInputs(
  inputs: Inputs,
  own: ReturnType<typeof runKey>,
  other: ReturnType<typeof runKey>,
): Inputs | undefined {
  const changed = inputs.map((links, index) => {
    const [before, after] = [own.inputs[index], other.inputs[index]];
    if (before === undefined || after === undefined) return [];
    return links.flatMap((link) => {
      if (!link.selector) return before.selector === after.selector ? [link] : [];
      return link.selector === before.selector ? [{ ...link, selector: after.selector }] : [];
    });
  });
  return changed.some((links) => links.length === 0) ? undefined : changed;
}
