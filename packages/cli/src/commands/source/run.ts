import { resolve } from 'node:path';
import { chooseRebuildable, readRebuildable, unpackSource } from '@bundle/rebuild';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import type { SourceChoice } from './definition.ts';
import { sourceText } from './render.ts';

/** Runs `bundle source`: writes the source of the current release into a folder. */
export async function runSource(
  context: Context,
  target: string | undefined,
  options: SourceChoice,
): Promise<Outcome> {
  const { cwd, colours, signal, onProgress } = context;
  onProgress({ phase: 'writing the source', doneBytes: 0 });
  const release = await readRebuildable(
    await chooseRebuildable(stateFolder(options.stateDir, context), options.name),
  );
  const { product, version } = release.manifest;
  const unpacked = await unpackSource(release, resolve(cwd, target ?? product), signal);
  return {
    json: { product, version, ...unpacked },
    text: sourceText(release.manifest, unpacked, colours),
  };
}
