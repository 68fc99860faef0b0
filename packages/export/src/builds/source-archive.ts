import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { ioError } from '@bundle/files';
import { paths, systemErrorCode } from '@bundle/format';
import type { ContextEntry } from '@bundle/recipe';
import { type HeadFile, measureBytes } from '@bundle/store';
import type { TarArchive } from 'archiver';
import type { ReadBuild } from './read-build.ts';

/** Source to pack: all contexts, relative to the lowest folder that contains them and the project. */
export interface SourcePlan {
  /** Absolute path of that folder. */
  readonly root: string;
  /** Path of the project folder below it; `.` if they are the same. */
  readonly project: string;
  /** In byte order; paths are relative to `root`. */
  readonly entries: readonly Pick<ContextEntry, 'path' | 'type' | 'mode' | 'target'>[];
}

/** The source packed as a file of the bundle. */
export interface PackedSource {
  readonly file: HeadFile;
  readonly project: string;
  readonly files: number;
  /** Absolute path of the folder that the archive is made from, and its files below it. */
  readonly root: string;
  readonly paths: readonly string[];
  /** Files that usually hold values of one machine, including secrets. */
  readonly valueFiles: readonly string[];
}

/** Packs the source of the builds; `mtime` is the time of every entry in the archive. */
export async function packSource(builds: readonly ReadBuild[], mtime: Date): Promise<PackedSource> {
  const plan = await planSource(builds);
  const bytes = await measureBytes(() => archive(plan, mtime));
  const files = plan.entries.flatMap(({ path, type }) => (type === 'file' ? [path] : []));
  return {
    file: { path: paths.sourceArchive, bytes, executable: false },
    project: plan.project,
    files: files.length,
    root: plan.root,
    paths: files,
    valueFiles: valueFiles(plan),
  };
}

/** Decides what to pack. Dockerfiles and ignore files are included even if a context excludes them. */
export async function planSource(builds: readonly ReadBuild[]): Promise<SourcePlan> {
  const folders = builds.flatMap(({ plan, context, contextFiles, files }) => [
    { folder: plan.projectDir, files: [] },
    { folder: context, files },
    ...Object.entries(contextFiles).map(([name, inside]) => ({
      folder: join(plan.projectDir, plan.buildContexts[name] ?? ''),
      files: inside,
    })),
  ]);
  const beside = builds.flatMap(({ plan: { dockerfile }, context }) => {
    if (!('path' in dockerfile)) return [join(context, '.dockerignore')];
    const file = join(context, dockerfile.path);
    return [file, `${file}.dockerignore`, join(context, '.dockerignore')];
  });
  const root = commonFolder([...folders.map(({ folder }) => folder), ...beside.map(dirname)]);
  const entries = new Map<string, SourcePlan['entries'][number]>();
  const add = (absolute: string, entry: Omit<ContextEntry, 'path'>): void => {
    const path = relative(root, absolute).split(sep).join('/');
    if (path !== '') entries.set(path, { ...entry, path });
  };
  for (const { folder, files } of folders) {
    for (const place of ancestors(root, folder)) add(place, { type: 'directory', mode: 0o755 });
    for (const { path, ...entry } of files) add(join(folder, path), entry);
  }
  for (const file of beside) {
    const status = await statusOf(file);
    if (status?.isFile()) add(file, { type: 'file', mode: status.mode & 0o7777 });
  }
  const [first] = builds;
  return {
    root,
    project:
      relative(root, first?.plan.projectDir ?? root)
        .split(sep)
        .join('/') || '.',
    entries: [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/**
 * Writes a tar archive compressed with gzip. All entries have the same owner and time, so the bytes are reproducible.
 */
async function* archive({ root, entries }: SourcePlan, date: Date): AsyncGenerator<Buffer> {
  const { TarArchive } = await import('archiver');
  const tar = new TarArchive({ gzip: true });
  const fill = async (): Promise<void> => {
    for (const { path, type, mode, target } of entries) {
      const data = { name: path, type, mode, date, linkname: target };
      if (type !== 'file') {
        await appended(tar, () => tar.append(Buffer.alloc(0), data));
        continue;
      }
      const file = join(root, path);
      const stats = await lstat(file);
      const content = createReadStream(file);
      // archiver does not forward this error: the archive would wait forever.
      content.on('error', (error) => tar.destroy(error));
      await appended(tar, () => tar.append(content, { ...data, stats }));
    }
    await tar.finalize();
  };
  fill().catch((error: unknown) => tar.destroy(error instanceof Error ? error : undefined));
  try {
    yield* tar;
  } catch (error) {
    throw ioError(error, 'packing the source in', root, 'input-unreadable');
  }
}

/** Appends one entry and waits for it, so that at most one file is open. */
function appended(tar: TarArchive, append: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      tar.off('entry', ended).off('error', done).off('close', closed);
      if (error === undefined) resolve();
      else reject(error);
    };
    const ended = (): void => done();
    const closed = (): void => done(new Error('the archive was closed'));
    tar.on('entry', ended).on('error', done).on('close', closed);
    append();
  });
}

export function valueFiles({ entries }: SourcePlan): string[] {
  return entries.flatMap(({ path, type }) =>
    type === 'file' && /(?:^|\/)\.env(?:\.(?!example|sample|template|dist)[^/]*)?$/.test(path)
      ? [path]
      : [],
  );
}

function commonFolder(folders: readonly string[]): string {
  const [first = sep, ...rest] = folders;
  const isAbove = (above: string, folder: string): boolean =>
    folder === above || folder.startsWith(above.endsWith(sep) ? above : `${above}${sep}`);
  let common = first;
  while (!rest.every((folder) => isAbove(common, folder))) common = dirname(common);
  return common;
}

/** Returns `folder` and the folders between it and `root`. */
function ancestors(root: string, folder: string): string[] {
  const found: string[] = [];
  for (let place = folder; place !== root && place !== dirname(place); place = dirname(place))
    found.push(place);
  return found;
}

async function statusOf(file: string) {
  try {
    return await lstat(file);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR')
      return undefined;
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}
