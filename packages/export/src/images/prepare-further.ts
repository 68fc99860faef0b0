import { BundleError } from '@bundle/format';
import type { PlannedImage } from '../application/application.ts';
import type { ExportOptions, PlatformSource } from '../export-options.ts';
import type { PresentImage } from './packed-image.ts';
import { prepareImages } from './prepare-images.ts';

/** The images of an application for one more platform, and where they come from. */
export interface FurtherImages extends PlatformSource {
  /** In the order of the application's images. */
  readonly images: readonly PresentImage[];
}

/**
 * Finds the images of an application for further platforms. Fails with `platform-mismatch` where an image has none for a
 * platform, and with `image-changed` if a tag has moved between two readings.
 */
export async function prepareFurther(
  planned: readonly PlannedImage[],
  first: readonly PresentImage[],
  { further = [], onProgress, signal }: Pick<ExportOptions, 'further' | 'onProgress' | 'signal'>,
): Promise<FurtherImages[]> {
  const ids = new Map(first.map((image) => [image.planned.reference, image.onEngine.id]));
  const prepare = async ({ platform, source }: PlatformSource): Promise<FurtherImages> => {
    const options = { pull: 'never', rebuild: false, platform, onProgress, signal } as const;
    const images = await prepareImages(source, planned, options);
    for (const { planned: image, onEngine } of images) {
      const expected = ids.get(image.reference);
      if (onEngine.id !== expected) throw moved(image.source, expected, onEngine.id);
    }
    return { platform, source, images };
  };
  return Promise.all(further.map(prepare));
}

function moved(subject: string, expected: string | undefined, found: string): BundleError {
  return new BundleError('image-changed', {
    operation: 'reading the platforms of',
    ...{ subject, expected: expected ?? 'one image', found },
    hint: 'It was pushed in the meantime. Wait until that is done, then run the command again.',
  });
}
