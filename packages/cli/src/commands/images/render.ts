import type { Digest } from '@bundle/format';
import { shortDigest } from '@bundle/format';
import { tableText } from '../../shared/render/table.ts';
import { bytesText, count, secondsText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

/** The archive that was written. */
export interface WrittenImages {
  readonly output: string;
  readonly format: string;
  readonly bytes: number;
  readonly images: readonly {
    readonly reference: string;
    readonly services: readonly string[];
    readonly digest: Digest;
  }[];
  readonly seconds: number;
}

export function writtenText(
  { output, format, bytes, images, seconds }: WrittenImages,
  colours: Colours,
): string {
  const rows = images.map(({ reference, services, digest }) => [
    visible(reference),
    visible(services.join(', ')),
    shortDigest(digest),
  ]);
  return [
    t`${colours.green(t`Wrote`)} ${count(images.length, 'image')} into ${visible(output)} (${format}), ${bytesText(bytes)}, ${secondsText(seconds)}`,
    tableText(['IMAGE', 'SERVICES', 'DIGEST'], rows, colours),
  ].join('\n\n');
}
