import { type BundleManifest, shellWord } from '@bundle/format';
import type { UnpackedSource } from '@bundle/rebuild';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

export function sourceText(
  { product, version }: Pick<BundleManifest, 'product' | 'version'>,
  { folder, project, files }: UnpackedSource,
  colours: Colours,
): string {
  return t`${colours.green(t`Wrote`)} the source of ${product} ${version}, ${count(files, 'file')}, to ${visible(folder)}

Next
  cd ${visible(shellWord(project))}
  bundle rebuild      when something was changed there`;
}
