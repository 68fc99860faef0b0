import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packTar } from '@bundle/archive';
import { createLayoutEngine } from '@bundle/engine';
import {
  type ApplicationPlan,
  type ExportOptions,
  type ExportReport,
  exportBundle,
  type PlannedFile,
} from '@bundle/export';
import { type BundleManifest, bundleManifestSchema, checksumsText, paths } from '@bundle/format';
import { openBundle, readExtent } from '@bundle/store';
import { type LaidOutImage, makeLayout, type TestImage } from '@bundle/testkit';

export const quiet = {
  onProgress: () => undefined,
  onUnrecorded: (error: Error) => {
    throw error;
  },
  signal: new AbortController().signal,
};
export const forms = ['folder', 'tar'] as const;

/** Two images on one base, as in most applications. */
export const sampleImages: readonly TestImage[] = [
  { reference: 'shop-api:1.0', layers: [{ text: 'base' }, { text: 'api' }] },
  { reference: 'shop-web:1.0', layers: [{ text: 'base' }, { text: 'web' }] },
];

const sampleFiles: readonly PlannedFile[] = [
  textFile('docker-compose.yml', 'services: {api: {image: "shop-api:1.0"}}\n'),
  textFile('compose.offline.yml', 'services: {api: {pull_policy: never}}\n'),
  textFile('env.example', 'PASSWORD=\n'),
  { ...textFile('scripts/start.sh', '#!/bin/sh\n'), executable: true },
];

/** Returns the plan of a small application that runs these images. */
export function samplePlan(images: readonly TestImage[] = sampleImages): ApplicationPlan {
  return {
    product: 'shop',
    images: images.map(({ reference }) => ({
      reference,
      source: reference,
      services: [reference.replace(/:.*/, '')],
      built: false,
    })),
    files: sampleFiles,
    builds: [],
    envFiles: [{ path: '.env', example: 'env.example' }],
    profiles: [],
    composeProfiles: ['*'],
    toSet: [],
    leftOut: [],
    mounts: [],
    sourceMounts: [],
    privateKeys: [],
    warnings: [],
  };
}

export interface TestBundle {
  readonly path: string;
  readonly report: ExportReport;
  readonly images: readonly LaidOutImage[];
}

/** Makes a small valid bundle at `path` with the real exporter, over the embedded engine. */
export async function buildBundle(
  path: string,
  images: readonly TestImage[] = sampleImages,
  options: Partial<ExportOptions> = {},
): Promise<TestBundle> {
  const layout = `${path}.layout`;
  const laidOut = await makeLayout(layout, images);
  const report = await exportBundle(createLayoutEngine(layout), samplePlan(images), {
    output: path,
    format: path.endsWith('.tar') ? 'tar' : 'folder',
    force: false,
    version: '1.0',
    pull: 'never',
    rebuild: false,
    ...quiet,
    ...options,
  });
  return { path, report, images: laidOut };
}

export type Contents = Map<string, Buffer>;

/** Reads all files of a bundle of either form, in archive order. */
export async function contentsOf(path: string): Promise<Contents> {
  const contents: Contents = new Map();
  for (const [name, extent] of (await openBundle(path)).entries) {
    contents.set(name, await readExtent(extent, extent.size, name));
  }
  return contents;
}

/** Rewrites a bundle with changed contents; the archive itself stays valid. */
export async function rewrite(path: string, change: (contents: Contents) => void): Promise<void> {
  const contents = await contentsOf(path);
  change(contents);
  await rm(path, { recursive: true });
  if (path.endsWith('.tar')) {
    const entries = [...contents].map(([name, content]) => ({
      path: name,
      size: content.length,
      content,
    }));
    await writeFile(
      path,
      packTar(entries, () => undefined),
    );
    return;
  }
  for (const [name, content] of contents) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
}

/** Changes the manifest, then makes its sizes and digests and checksums.sha256 agree with the contents. */
export function resign(contents: Contents, change: (manifest: BundleManifest) => void): void {
  const manifest = bundleManifestSchema.parse(JSON.parse(text(contents, paths.manifest)));
  for (const file of manifest.files) {
    const bytes = contents.get(file.path) ?? Buffer.alloc(0);
    file.size = bytes.length;
    file.sha256 = sha256(bytes);
  }
  manifest.sizes.stored = manifest.files.reduce((sum, { size }) => sum + size, 0);
  change(manifest);
  const bytes = Buffer.from(JSON.stringify(manifest));
  contents.set(paths.manifest, bytes);
  contents.set(paths.checksums, Buffer.from(checksumsText(manifest.files, sha256(bytes))));
}

export function text(contents: Contents, path: string): string {
  const bytes = contents.get(path);
  if (bytes === undefined) throw new Error(`${path} is not in the bundle`);
  return bytes.toString('utf8');
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function textFile(path: string, content: string): PlannedFile {
  return { path, content: { text: content }, executable: false, why: 'test' };
}
