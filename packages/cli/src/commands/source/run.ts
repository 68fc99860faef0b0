import { resolve } from 'node:path';
import { shellWord } from '@bundle/format';
import { readRebuildable, unpackSource } from '@bundle/rebuild';
import type { Context, Outcome } from '../../outcome.ts';
import { count } from '../../shared/render/words.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import { visible } from '../../shared/terminal/escape.ts';

/** `bundle source`: the source that the current release carries, in a folder to work in. */
export async function runSource(
  context: Context,
  target: string | undefined,
  options: { readonly product?: string | undefined; readonly stateDir?: string | undefined },
): Promise<Outcome> {
  const { cwd, colours, signal, onProgress } = context;
  onProgress({ phase: 'writing the source', doneBytes: 0 });
  const release = await readRebuildable(stateFolder(options.stateDir, context), options.product);
  const { product, version } = release.manifest;
  const unpacked = await unpackSource(release, resolve(cwd, target ?? product), signal);
  const { folder, project, files } = unpacked;
  return {
    json: { product, version, ...unpacked },
    text: `${colours.green('Wrote')} the source of ${product} ${version}, ${count(files, 'file')}, to ${visible(folder)}

Next
  cd ${visible(shellWord(project))}
  bundle rebuild      when something was changed there`,
  };
}
