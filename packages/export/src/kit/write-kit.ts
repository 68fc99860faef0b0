import { createHash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ioError, partialPath, removeStalePartials, syncFolder, writeNew } from '@bundle/files';
import {
  byteCounter,
  comparePaths,
  type Digest,
  digestOfHex,
  type Kit,
  kitPaths,
  type WorkOptions,
} from '@bundle/format';
import {
  type HeadFile,
  paddedSize,
  readHeadFile,
  sha256Of,
  tarEndBytes,
  tarFileHeader,
} from '@bundle/store';
import { readRuntimes } from '../bundle/head-files.ts';
import { checkOutput } from '../bundle/output.ts';
import type { RuntimeFile } from '../export-options.ts';

export interface WriteKitOptions extends WorkOptions {
  /** Absolute path of the file to write. */
  readonly output: string;
  /** Replace the file at `output`. */
  readonly force: boolean;
  readonly programs: readonly RuntimeFile[];
  readonly about: Pick<Kit, 'version' | 'platform' | 'plugins'>;
  /** Signs kit.json and returns the armored signatures; absent: the kit is not signed. */
  readonly sign?: (bytes: Buffer) => Promise<string>;
}

export interface KitReport {
  readonly output: string;
  readonly kit: Kit;
  /** Digest of kit.json: the identity of the kit. */
  readonly digest: Digest;
  readonly bytes: number;
}

/**
 * Writes the programs of bundles into one archive, to be installed once on a host (docs/bundle-format.md §18). The same
 * programs give the same bytes. `output` appears only once it is complete. Fails with `output-exists`,
 * `output-unwritable`, `no-space`.
 */
export async function writeKit(options: WriteKitOptions): Promise<KitReport> {
  const { output, programs, about, sign, onProgress, signal } = options;
  await checkOutput(output, options.force, kitPaths.manifest);
  const files = (await readRuntimes(programs)).sort((a, b) => comparePaths(a.path, b.path));
  const kit: Kit = { kind: 'bundle-kit', schemaVersion: 1, ...about, files: files.map(listed) };
  const bytes = Buffer.from(`${JSON.stringify(kit, undefined, 2)}\n`);
  const head: HeadFile[] = [{ path: kitPaths.manifest, bytes, executable: false }];
  if (sign !== undefined) {
    const signature = Buffer.from(await sign(bytes), 'latin1');
    head.push({ path: kitPaths.signature, bytes: signature, executable: false });
  }
  const partial = await partialPath(output);
  let written = 0;
  try {
    await removeStalePartials(dirname(output), (name) => name === basename(output));
    const total = files.reduce((sum, { bytes: { length } }) => sum + length, 0);
    const count = byteCounter(onProgress, 'writing the kit', total);
    const chunks = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of archive([...head, ...files])) {
        signal.throwIfAborted();
        count(chunk.length);
        written += chunk.length;
        yield chunk;
      }
    };
    await writeNew(partial, chunks(), 0o666);
    await rename(partial, output);
    await syncFolder(dirname(output));
  } catch (error) {
    await rm(partial, { force: true });
    signal.throwIfAborted();
    throw ioError(error, 'writing the kit to', output, 'output-unwritable');
  }
  const digest = digestOfHex(createHash('sha256').update(bytes).digest('hex'));
  return { output, kit, digest, bytes: written };
}

function listed(file: HeadFile): Kit['files'][number] {
  const { path, bytes, executable } = file;
  const facts = { path, size: bytes.length, sha256: sha256Of(file) };
  return executable ? { ...facts, executable } : facts;
}

async function* archive(files: readonly HeadFile[]): AsyncGenerator<Buffer> {
  for (const file of files) {
    const { path, bytes, executable } = file;
    yield tarFileHeader(path, bytes.length, executable, new Date(0));
    yield* readHeadFile(file);
    yield Buffer.alloc(paddedSize(bytes.length) - bytes.length);
  }
  yield Buffer.alloc(tarEndBytes);
}
