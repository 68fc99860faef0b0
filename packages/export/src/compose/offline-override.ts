import { Document, isMap, Scalar } from 'yaml';
import { packedImage, serviceImage } from './images.ts';
import type { ComposeProject } from './project.ts';

/**
 * compose.offline.yml: laid over the user's own file, it keeps Compose from pulling and building, and names
 * the images as they are packed where the user's file names none or pins one by digest.
 */
export function offlineOverride(project: ComposeProject, product: string): string {
  const services = Object.entries(project.services).map(([name, service]) => {
    const image = serviceImage(project.name, name, service);
    const { reference } = packedImage(image, name);
    const renamed = service.image === undefined || service.image.includes('@');
    return [
      name,
      {
        pull_policy: 'never',
        ...(renamed ? { image: reference } : {}),
        ...(service.build === undefined ? {} : { build: null }),
      },
    ] as const;
  });
  const document = new Document({ name: product, services: Object.fromEntries(services) });
  document.commentBefore =
    ' Made by `bundle export`. Use it after docker-compose.yml: nothing is pulled or built.';
  for (const [name, service] of services) {
    const node: unknown = document.getIn(['services', name], true);
    if ('build' in service && isMap(node)) {
      const reset = new Scalar(null);
      reset.tag = '!reset';
      node.set('build', reset);
    }
  }
  return document.toString();
}
