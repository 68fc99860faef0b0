import { statfs } from 'node:fs/promises';
import type { BuildTool, ComposeTool, Engine } from '@bundle/engine';
import { ioError, temporaryRoot } from '@bundle/files';
import { BundleError } from '@bundle/format';
import { readRebuilds } from '@bundle/host';
import { missingImages } from './carried-images.ts';
import { checkSource } from './check.ts';
import * as diagnosis from './diagnosis.ts';
import { checkEngine } from './rebuild.ts';
import type { RebuildableRelease } from './release.ts';
import { serveChanges } from './served.ts';

export interface DiagnoseOptions {
  readonly openEngine: () => Promise<Engine>;
  readonly buildTool: BuildTool;
  readonly composeTool: ComposeTool;
  readonly readRelease: () => Promise<RebuildableRelease>;
  /** Folder of the project's source; undefined: not checked. */
  readonly source: (release: RebuildableRelease) => Promise<string | undefined>;
}

/** Checks everything that a rebuild depends on. Changes nothing; failures are reported as checks. */
export async function diagnose(options: DiagnoseOptions): Promise<diagnosis.Check[]> {
  const checks: diagnosis.Check[] = [];
  const attempt = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof BundleError) || error.code === 'interrupted') throw error;
      const { hint } = error.details;
      const found = error.message;
      checks.push({ name, state: 'problem', found, ...(hint === undefined ? {} : { hint }) });
      return undefined;
    }
  };
  const skip = (name: string, found: string): void => {
    checks.push({ name, state: 'skipped', found });
  };

  const engine = await attempt('engine', async () => {
    const opened = await options.openEngine();
    const info = await opened.info();
    checkEngine(info);
    checks.push(diagnosis.engineCheck(info));
    return { opened, info };
  });
  const buildx =
    'Install docker-buildx-plugin (Docker’s own packages) or docker-buildx (Debian’s), or import a bundle that carries buildx.';
  const compose = 'Install docker-compose-plugin, or start containers another way.';
  checks.push(
    diagnosis.toolCheck('buildx', await options.buildTool.version(), buildx),
    diagnosis.toolCheck('compose', await options.composeTool.version(), compose),
  );
  const release = await attempt('release', async () => {
    const found = await options.readRelease();
    checks.push(diagnosis.releaseCheck(found));
    return found;
  });
  const largest = release === undefined ? 0 : largestImage(release);
  await attempt('temporary folder', async () => {
    const folder = temporaryRoot();
    checks.push(diagnosis.spaceCheck('temporary folder', folder, await freeBytes(folder), 0));
  });
  if (engine === undefined) return checks;
  await attempt('engine disk', async () => {
    const usage = await engine.opened.diskUsage();
    const { folder } = usage;
    if (folder === undefined) skip('engine disk', 'the engine is on another machine: check there');
    else checks.push(diagnosis.spaceCheck('engine disk', folder, await freeBytes(folder), largest));
    checks.push(diagnosis.usageCheck(usage));
  });
  if (release === undefined) return checks;
  checks.push(diagnosis.capturedOnCheck(release, engine.info));
  const missing = await attempt('base and cache images', async () => {
    const found = await missingImages(engine.opened, release, release.recipes);
    const total = release.manifest.images.filter(({ use }) => use !== undefined).length;
    checks.push(diagnosis.imagesCheck(found, Math.max(total, found.length)));
    return found;
  });
  await attempt('previous images', async () => {
    const names = await engine.opened.listNames();
    const rebuilt = (await readRebuilds(release)).map(({ reference }) => reference);
    const images = [...new Set([...release.recipes.map(({ image }) => image), ...rebuilt])];
    checks.push(
      diagnosis.previousCheck(
        names.map(({ name }) => name),
        images,
      ),
    );
  });
  const source = await attempt('source', () => options.source(release));
  if (source === undefined) {
    if (!checks.some(({ name }) => name === 'source'))
      skip('source', 'not checked: name its folder with --source, or change to it first');
    return checks;
  }
  for (const recipe of release.recipes) {
    const name = `source of ${recipe.services.join(', ')}`;
    if (missing === undefined || missing.length > 0) skip(name, 'images are missing, see above');
    else
      await attempt(name, async () => {
        const settings = { keepModes: false, capturedOn: release };
        const checked = await checkSource(engine.opened, recipe, source, settings);
        for (const one of await serveChanges([checked], release, false))
          checks.push(diagnosis.sourceCheck(one));
      });
  }
  return checks;
}

/** Unpacked bytes of the largest image that can be rebuilt. */
function largestImage({ manifest, recipes }: RebuildableRelease): number {
  const rebuilt = new Set(recipes.map(({ image }) => image));
  const sizes = manifest.images
    .filter(({ reference }) => rebuilt.has(reference))
    .map(({ layers }) =>
      layers.reduce((sum, { size, unpackedSize = size }) => sum + unpackedSize, 0),
    );
  return Math.max(0, ...sizes);
}

async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    throw ioError(error, 'asking for the free space of', folder, 'input-unreadable');
  }
}
