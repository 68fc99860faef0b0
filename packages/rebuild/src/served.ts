import { join, posix } from 'node:path';
import {
  type Depot,
  depotsSchema,
  ecosystemsOf,
  fetchesOtherwise,
  missingPackages,
  type Wanted,
  wantedByCommand,
  wantedByLock,
  wantedByManifest,
  wantedByRequirements,
} from '@bundle/depot';
import { readTextIfThere } from '@bundle/files';
import { BundleError, parseJson, paths, reasonOf } from '@bundle/format';
import { checkKept, readKept } from '@bundle/host';
import { type Change, select, usesNetwork } from '@bundle/recipe';
import { type CheckedSource, firstLine, type ServedStep } from './check.ts';
import type { RebuildableRelease } from './release.ts';

/** A package-lock.json of npm has some 400 bytes for each package. */
const maxListBytes = 64 * 1024 * 1024;

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
        rest.push(change);
        continue;
      }
      served.push(step);
      keys.add(change.step.key);
      folders.add(depot.folder);
      const wanted = await wantedBy(source, step);
      for (const words of missingPackages(wanted, depot))
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
  const used = ecosystemsOf(step.text);
  const isCarried = used.length > 0 && used.every((one) => depot[one] !== undefined);
  if (!isCarried || fetchesOtherwise(step.text)) return undefined;
  const stage = stages.find(({ name }) => name === step.stage);
  const instruction = stage?.instructions.find(({ line }) => line === step.line);
  if (stage === undefined || instruction === undefined) return undefined;
  return { stage, instruction, folder: join(releaseDir, paths.packagesDir, depot.folder) };
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

/** Lists the packages that a step asks for: those it names, and those in the lists that its stage copied before. */
async function wantedBy(
  { context, files, steps }: CheckedSource,
  { stage, instruction }: ServedStep,
): Promise<Wanted[]> {
  const used = ecosystemsOf(instruction.text);
  const copied = steps.flatMap((step) =>
    step.stage === stage.name && step.line <= instruction.line && step.context === undefined
      ? [...step.sources]
      : [],
  );
  const lists = copied.length === 0 ? [] : select(files, copied);
  const wanted = [...wantedByCommand(instruction.text)];
  const own = new Set<string>();
  for (const { path, type } of lists) {
    const name = posix.basename(path);
    if (type !== 'file' || path.split('/').includes('node_modules')) continue;
    const read = async (): Promise<string> =>
      (await readTextIfThere(join(context, path), { maxBytes: maxListBytes })) ?? '';
    if (used.includes('npm') && name === 'package.json') {
      const manifest = json(await read(), path);
      own.add(nameOf(manifest));
      wanted.push(...wantedByManifest(manifest));
    } else if (used.includes('npm') && /^(?:package-lock|npm-shrinkwrap)\.json$/.test(name))
      wanted.push(...wantedByLock(json(await read(), path)));
    else if (used.includes('pip') && /^requirements.*\.txt$/.test(name))
      wanted.push(...wantedByRequirements(await read()));
  }
  return wanted.filter(
    ({ ecosystem, name }) => used.includes(ecosystem) && !(ecosystem === 'npm' && own.has(name)),
  );
}

function nameOf(manifest: unknown): string {
  const isNamed = typeof manifest === 'object' && manifest !== null && 'name' in manifest;
  return isNamed ? String(manifest.name) : '';
}

/** Parses JSON as leniently as npm does: with a byte order mark, or with a key twice. */
function json(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new BundleError('input-unreadable', {
      operation: 'reading the dependencies in',
      subject: path,
      found: reasonOf(error),
      hint: 'Fix the file.',
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
