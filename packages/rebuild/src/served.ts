import { join } from 'node:path';
import {
  type Depot,
  depotsSchema,
  ecosystemsOf,
  isServedBy,
  missingPackages,
  otherFetch,
  wantedByStep,
} from '@bundle/depot';
import { BundleError, parseJson, paths, reasonOf } from '@bundle/format';
import { checkKept, readKept } from '@bundle/host';
import { type Change, usesNetwork } from '@bundle/recipe';
import { type CheckedSource, firstLine, type ServedStep } from './check.ts';
import type { RebuildableRelease } from './release.ts';

/**
 * Decides which dependency steps can run again with packages that the bundle carries. The others stay among the
 * changes. Fails with `package-not-carried`, naming every package, unless `anyway`.
 */
export async function serveChanges(
  sources: readonly CheckedSource[],
  release: RebuildableRelease,
  anyway: boolean,
): Promise<CheckedSource[]> {
  if (sources.every(({ changes }) => changes.length === 0)) return [...sources];
  const depots = await readDepots(release);
  if (depots.length === 0) return [...sources];
  const digests = new Map(release.manifest.files.map(({ path, sha256 }) => [path, sha256]));
  const found: CheckedSource[] = [];
  const missing: string[] = [];
  const folders = new Set<string>();
  for (const source of sources) {
    const own = depots.filter(({ image }) => image === source.recipe.image);
    const served: ServedStep[] = [];
    const rest: Change[] = [];
    const keys = new Set<string>();
    for (const change of source.changes) {
      const depot = own.find(({ stage }) => stage === change.step.stage);
      const step = depot && servedStep(source, change, depot, release.folder);
      if (depot === undefined || step === undefined) {
        const causes = own.length === 0 ? [] : unservedCauses(change.step.text, depot);
        rest.push({ ...change, causes: [...change.causes, ...causes] });
        continue;
      }
      served.push(step);
      keys.add(change.step.key);
      folders.add(depot.folder);
      const wanted = await wantedByStep(source, step.stage.name, step.instruction);
      const digestOf = (path: string): string | undefined =>
        digests.get(`${paths.packagesDir}/${depot.folder}/${path}`);
      for (const words of missingPackages(wanted, depot, digestOf))
        missing.push(
          `${source.recipe.services.join(', ')}: ${words}, for line ${change.step.line} (${firstLine(change.step.text)})`,
        );
    }
    // A step that fetches nothing runs again after one that was served.
    for (const { key, parents } of source.steps)
      if (parents.some((parent) => keys.has(parent))) keys.add(key);
    const changes = rest.filter(({ step }) => usesNetwork(step.text) || !keys.has(step.key));
    found.push({ ...source, changes, served });
  }
  if (missing.length > 0 && !anyway) throw notCarried(missing);
  for (const folder of folders) await checkFolder(release, folder);
  return found;
}

function servedStep(
  { stages }: CheckedSource,
  { step }: Change,
  depot: Depot,
  releaseDir: string,
): ServedStep | undefined {
  if (!isServedBy(step.text, depot)) return undefined;
  const stage = stages.find(({ name }) => name === step.stage);
  const instruction = stage?.instructions.find(({ line }) => line === step.line);
  if (stage === undefined || instruction === undefined) return undefined;
  return { stage, instruction, folder: join(releaseDir, paths.packagesDir, depot.folder) };
}

/** Says why carried packages cannot serve a step; nothing where it fetches nothing. */
function unservedCauses(text: string, depot: Partial<Depot> = {}): string[] {
  const other = otherFetch(text);
  const absent = ecosystemsOf(text).filter((one) => depot[one] === undefined);
  return [
    ...(other === undefined ? [] : [`no carried package replaces ${other.command} in it`]),
    ...(absent.length === 0 ? [] : [`no package of ${absent.join(', ')} is carried for it`]),
  ];
}

/** Compares the packages of a folder with their digests in the bundle. Fails with `digest-mismatch`. */
async function checkFolder(release: RebuildableRelease, folder: string): Promise<void> {
  const start = `${paths.packagesDir}/${folder}/`;
  for (const file of release.manifest.files)
    if (file.path.startsWith(start)) await checkKept(release, file);
}

async function readDepots(release: RebuildableRelease): Promise<Depot[]> {
  const text = await readKept(release, paths.packagesIndex);
  if (text === undefined) return [];
  try {
    return depotsSchema.parse(parseJson(Buffer.from(text))).depots;
  } catch (error) {
    throw new BundleError('manifest-invalid', {
      operation: 'reading',
      subject: join(release.folder, paths.packagesIndex),
      found: reasonOf(error),
      hint: 'Update the bundle command on this host, or get the bundle again from its source.',
    });
  }
}

function notCarried(missing: readonly string[]): BundleError {
  return new BundleError('package-not-carried', {
    operation: 'looking for the packages of the changed dependencies in the bundle',
    expected: 'packages that the bundle carries',
    found: [...new Set(missing)].join('; '),
    hint: 'Use packages that are carried, or name these in `packages:` of the spec and export again.',
  });
}
