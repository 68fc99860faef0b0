import type { ComposeService, ResolvedProject } from '@bundle/compose';
import {
  BundleError,
  defined,
  familiarName,
  packedReference,
  parseReference,
} from '@bundle/format';
import type { PlannedImage } from './application.ts';

/**
 * Returns the image that Compose runs for a service; `<project>-<service>` if the service only has a `build:` section.
 */
export function serviceImage(project: string, name: string, { image }: ComposeService): string {
  return image ?? `${project}-${name}`;
}

/** Returns all images of a project and the extra ones, each once, sorted by reference. */
export function planImages(project: ResolvedProject, extra: readonly string[]): PlannedImage[] {
  const images = new Map<string, PlannedImage>();
  const add = (
    text: string,
    service: string | undefined,
    built: boolean,
    platform?: string | null,
  ): void => {
    const { reference, source } = packedImage(text, service);
    const known = images.get(reference);
    if (known !== undefined && known.source !== source)
      throw twoImages(reference, known.source, source);
    const services = [...(known?.services ?? []), ...(service === undefined ? [] : [service])];
    const platforms =
      service !== undefined && platform
        ? { ...known?.platforms, [service]: platform }
        : known?.platforms;
    images.set(reference, {
      ...{ reference, source, services, built: built || known?.built === true },
      ...defined({ platforms }),
    });
  };
  for (const [name, service] of Object.entries(project.services)) {
    const image = serviceImage(project.name, name, service);
    add(image, name, service.build !== undefined, service.platform);
  }
  for (const text of extra) add(text, undefined, false);
  return [...images.values()]
    .map((image) => ({ ...image, services: image.services.toSorted() }))
    .sort((a, b) => (a.reference < b.reference ? -1 : 1));
}

/** Reports two images that would share a tag: an engine keeps only the tag after loading. */
function twoImages(reference: string, one: string, other: string): BundleError {
  return new BundleError('compose-invalid', {
    operation: 'choosing the name of the image',
    subject: reference,
    expected: 'one image of that name and tag',
    found: `${one} and ${other}`,
    hint: 'Use one of them for all services, or give them different tags.',
  });
}

/** Returns the `reference` under which an image is packed, and the `source` to ask the engine for. */
export function packedImage(
  text: string,
  service: string | undefined,
): { reference: string; source: string } {
  const parsed = parseReference(text);
  if (parsed === undefined) {
    throw new BundleError('compose-invalid', {
      operation: 'reading the image of',
      subject: service ?? text,
      expected: 'an image reference such as registry/name:tag',
      found: JSON.stringify(text),
      hint: 'Fix it in the Compose file or the spec.',
    });
  }
  const reference = packedReference(parsed);
  const source =
    parsed.digest === undefined ? reference : `${familiarName(parsed.name)}@${parsed.digest}`;
  return { reference, source };
}
