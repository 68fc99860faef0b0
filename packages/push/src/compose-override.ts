import { isMap, isScalar, parseDocument, visit } from 'yaml';
import type { PushedImage } from './push-bundle.ts';

/**
 * Makes the Compose override that takes the images from the registry, by digest, from the bundle's compose.offline.yml.
 * `name` is its file, for the comment on how to use it.
 */
export function composeOverride(
  offline: string,
  images: readonly Pick<PushedImage, 'services' | 'pushed'>[],
  name: string,
): string {
  const document = parseDocument(offline, { version: '1.1' });
  const services = document.get('services');
  if (!isMap(services)) return offline;
  for (const { key, value } of services.items) {
    const service = isScalar(key) ? String(key.value) : '';
    const image = images.find((one) => one.services.includes(service));
    if (image === undefined || !isMap(value)) continue;
    value.set('image', image.pushed);
    value.set('pull_policy', 'missing');
  }
  visit(document, {
    // A parser takes the value of a tag that it does not know for text.
    Scalar(_, node) {
      if (node.tag === '!reset') node.value = null;
    },
  });
  document.commentBefore = ` Made by \`bundle push\`. Use it beside docker-compose.yml of the bundle:\n   docker compose -f docker-compose.yml -f ${name} up -d`;
  return document.toString({ lineWidth: 0 });
}
