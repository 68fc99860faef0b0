// Targets of scripts/mutants that import whole bundles with more in them: deltas of layers, carried packages.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createLayoutEngine } from '../../packages/engine/dist/index.js';
import { exportBundle, readKnownHosts } from '../../packages/export/dist/index.js';
import { digestOf } from '../../packages/format/dist/digest-of.js';
import { checksumsText, paths } from '../../packages/format/dist/index.js';
import { importBundle } from '../../packages/import/dist/index.js';
import { chooseRebuildable, readRebuildable } from '../../packages/rebuild/dist/index.js';
import { serveChanges } from '../../packages/rebuild/dist/served.js';
import {
  makeLayout,
  mutateBytes,
  mutateText,
  numbersFrom,
} from '../../packages/testkit/dist/index.js';
import { integrityError, verifyBundle } from '../../packages/verify/dist/index.js';

const isBlob = (path) => path.startsWith(`${paths.blobsDir}/`);
const hex = (bytes) => digestOf(bytes).slice('sha256:'.length);

/**
 * `plan` is an application with the images shop/web:1 and shop/db:1, packed in the folder `shop` of `work`. Each target
 * imports an unchanged bundle first: otherwise no change would be seen to be refused.
 */
export async function bundleTargets(work, { plan, platform, quiet }) {
  const folders = { at: (name) => join(work, name), quiet };
  const packages = packagesTarget(folders);
  await packages.run(undefined);
  return [packages, deltaTarget(plan, platform, folders)];
}

/** Packs a release with a layer that differs a little from the previous one, which a host has; returns its bundle.json. */
async function packDelta(plan, platform, folders) {
  const { at, quiet } = folders;
  const below = numbersFrom(1);
  // Only layers of 1 MiB and more become deltas.
  const old = Buffer.alloc(1_400_000)
    .map(() => 33 + below(90))
    .toString();
  const changed = `${old.slice(0, 90_000)}another release${old.slice(90_015)}`;
  const pack = async (release, text, more) => {
    await makeLayout(at(`delta-layout-${release}`), [
      { reference: 'shop/web:1', layers: [{ text }] },
      { reference: 'shop/db:1', layers: [{ text: 'db' }] },
    ]);
    await exportBundle(createLayoutEngine(at(`delta-layout-${release}`)), plan, {
      ...{ output: at(`delta-${release}`), format: 'folder', force: true, pull: 'never' },
      ...{ rebuild: false, version: `${release}.0`, sequence: release, ...quiet, ...more },
    });
  };
  await pack(1, old, {});
  const known = await readKnownHosts(at('delta-1'), [], plan.product, platform);
  await pack(2, changed, { known, deltas: at('delta-temporary') });
  await importInto('delta-host', at('delta-1'), folders);
  const { manifest } = await verifyBundle(at('delta-2'), quiet);
  return manifest;
}

const importInto = (host, bundle, { at, quiet }) =>
  importBundle(createLayoutEngine(at(host)), {
    ...{ bundle, stateDir: at(`${host}-state`), dryRun: false, ignore: ['compose'] },
    ...quiet,
    onUnrecorded: () => undefined,
  });

/** Copies a host and a bundle, so that each run begins with both as they were. */
function afresh(at, host, bundle) {
  for (const [from, to] of [
    [host, 'whole-host'],
    [`${host}-state`, 'whole-host-state'],
    [bundle, 'whole-bundle'],
  ]) {
    rmSync(at(to), { recursive: true, force: true });
    if (existsSync(at(from))) cpSync(at(from), at(to), { recursive: true });
  }
  return at('whole-bundle');
}

async function verified(bundle, quiet) {
  const error = integrityError(await verifyBundle(bundle, quiet));
  if (error !== undefined) throw error;
}

function deltaTarget(plan, platform, folders) {
  const { at, quiet } = folders;
  let manifest;
  const run = async (below) => {
    const bundle = afresh(at, 'delta-host', 'delta-2');
    const { deltas, omitted, ...rest } = manifest;
    let unlisted;
    if (below?.(3) === 0) {
      const text = mutateText(Buffer.from(JSON.stringify({ deltas, omitted })), below);
      const section = text.toString('latin1').replace(/^\{/, '');
      const whole = `${JSON.stringify(rest).slice(0, -1)},${section}\n`;
      listAgain(bundle, Buffer.from(whole, 'latin1'));
    } else if (below !== undefined) {
      const { blob } = deltas[below(deltas.length)];
      const path = `${paths.blobsDir}/${blob.slice('sha256:'.length)}`;
      const before = readFileSync(join(bundle, path));
      const bytes = mutateBytes(before, below);
      if (below(3) > 0) renameBlob(bundle, path, bytes);
      else {
        writeFileSync(join(bundle, path), bytes);
        if (!bytes.equals(before)) unlisted = path;
      }
    }
    await verified(bundle, quiet);
    if (unlisted !== undefined) return `${unlisted} was changed in an accepted bundle`;
    const { manifest: accepted } = await importInto('whole-host', bundle, folders);
    const isSame = JSON.stringify(accepted.images) === JSON.stringify(manifest.images);
    return isSame ? wrongBlob(at('whole-host')) : 'other images were imported';
  };
  return {
    name: 'delta in a bundle, imported',
    share: 3,
    // Its layers are large for the memory of one process with all others.
    alone: true,
    run: async (below) => {
      if (manifest === undefined) {
        manifest = await packDelta(plan, platform, folders);
        if (manifest.deltas === undefined) throw new Error('the bundle has no delta');
        const fault = await run(undefined);
        if (fault !== undefined) throw new Error(fault);
      }
      return run(below);
    },
  };
}

/** Returns a fault if a blob of a layout is not the one that its name says. */
function wrongBlob(layout) {
  const folder = join(layout, 'blobs/sha256');
  const wrong = readdirSync(folder).filter(
    (name) => hex(readFileSync(join(folder, name))) !== name,
  );
  return wrong.length === 0 ? undefined : `the engine has wrong bytes under ${wrong.join(', ')}`;
}

/** Writes another bundle.json, with a checksums.sha256 that agrees with it as far as it can be read. */
function listAgain(bundle, manifest) {
  writeFileSync(join(bundle, paths.manifest), manifest);
  let files;
  try {
    ({ files } = JSON.parse(manifest));
  } catch {
    return; // The old list stays, since nothing can be read.
  }
  writeFileSync(join(bundle, paths.checksums), checksumsText(files, hex(manifest)));
}

/** Gives a blob other bytes and the name that these have, wherever bundle.json names it. */
function renameBlob(bundle, path, bytes) {
  const name = path.split('/').at(-1);
  const text = readFileSync(join(bundle, paths.manifest), 'utf8').replaceAll(name, hex(bytes));
  const manifest = JSON.parse(text);
  const renamed = `${paths.blobsDir}/${hex(bytes)}`;
  for (const file of manifest.files) {
    if (file.path !== renamed) continue;
    manifest.sizes.stored += bytes.length - file.size;
    file.size = bytes.length;
    file.sha256 = hex(bytes);
  }
  for (const delta of manifest.deltas)
    if (delta.blob === digestOf(bytes)) delta.size = bytes.length;
  rmSync(join(bundle, path));
  writeFileSync(join(bundle, renamed), bytes);
  listAgain(bundle, Buffer.from(`${JSON.stringify(manifest)}\n`));
}

const recipes = {
  ...{ schemaVersion: 1, engine: '28.0.0' },
  recipes: [
    {
      ...{ services: ['web'], image: 'shop/web:1', context: '.', platform: 'linux/amd64' },
      ...{ dockerfile: { path: 'Dockerfile' }, buildArgs: {}, labels: {}, buildContexts: {} },
      ...{ extraHosts: [], ulimits: [], bases: [], files: [], contextFiles: {}, steps: [] },
      stages: [{ name: 'final', image: 'shop/web:1', manifest: `sha256:${'a'.repeat(64)}` }],
    },
  ],
};
const depots = {
  schemaVersion: 1,
  depots: [
    {
      ...{ image: 'shop/web:1', stage: 'final', folder: '0' },
      npm: [{ name: 'left', version: '1.0.0', file: 'left-1.0.0.tgz', provides: ['a'] }],
    },
  ],
};
const package0 = `${paths.packagesDir}/0/npm/left-1.0.0.tgz`;

/** A source with a changed step, for which the list of packages is read. */
const changedSource = {
  ...{ recipe: { image: 'shop/web:1', services: ['web'] }, context: '.' },
  ...{ stages: [], files: [], steps: [] },
  changes: [{ step: { stage: 'final', text: 'RUN npm install', key: 'a', line: 1 }, causes: [] }],
};

function packagesTarget(folders) {
  const { at, quiet } = folders;
  const contents = new Map([
    [package0, Buffer.from('the bytes of a package')],
    [paths.packagesIndex, Buffer.from(JSON.stringify(depots))],
    [paths.recipes, Buffer.from(JSON.stringify(recipes))],
  ]);
  const names = [...contents.keys()];
  return {
    name: 'carried packages in a bundle, imported',
    share: 3,
    run: async (below) => {
      const bundle = afresh(at, 'none', 'shop');
      const which = names[below?.(names.length) ?? 0];
      // Without digests made again, the change has to be found.
      const isListed = below === undefined || below(4) > 0;
      const manifest = JSON.parse(readFileSync(join(bundle, paths.manifest)));
      let isSame = true;
      for (const [path, original] of contents) {
        const bytes =
          path === which && below !== undefined ? mutateText(original, below) : original;
        isSame &&= bytes.equals(original);
        mkdirSync(dirname(join(bundle, path)), { recursive: true });
        writeFileSync(join(bundle, path), bytes);
        const listed = isListed ? bytes : original;
        // All but blobs are sorted (docs/bundle-format.md).
        const next = manifest.files.findIndex((file) => isBlob(file.path) || file.path > path);
        manifest.files.splice(next, 0, { path, size: listed.length, sha256: hex(listed) });
        manifest.sizes.stored += listed.length;
      }
      listAgain(bundle, Buffer.from(`${JSON.stringify(manifest)}\n`));
      await verified(bundle, quiet);
      if (!isListed && !isSame) return `${which} was changed in an accepted bundle`;
      await importInto('whole-host', bundle, folders);
      const instance = await chooseRebuildable(at('whole-host-state'), undefined);
      const release = await readRebuildable(instance);
      await serveChanges([changedSource], release, true);
      const kept = readFileSync(join(release.folder, which));
      const sent = readFileSync(join(bundle, which));
      return kept.equals(sent) ? undefined : `${which} was staged with other bytes`;
    },
  };
}
