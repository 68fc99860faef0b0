import { BundleError, formatPlatform, type Platform, platformsText, runsOn } from '@bundle/format';
import { type OpenedBundle, openedFor } from '@bundle/verify';

/** Returns a bundle with the images of one platform. Fails with `platform-mismatch` if it has none for it. */
export function onePlatform(found: OpenedBundle, platform: Platform): OpenedBundle {
  const bundle = openedFor(found, platform);
  if (runsOn(bundle.manifest.platform, platform)) return bundle;
  throw new BundleError('platform-mismatch', {
    operation: 'choosing the images of',
    subject: `${found.manifest.product} ${found.manifest.version}`,
    expected: formatPlatform(platform),
    found: platformsText(found.manifest),
    hint: 'Choose one of these platforms with --platform.',
  });
}
