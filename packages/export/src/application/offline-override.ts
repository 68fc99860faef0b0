import type { ResolvedProject } from '@bundle/compose';
import { Document, Scalar, stringify, YAMLMap } from 'yaml';
import { packedImage, serviceImage } from './images.ts';

/**
 * compose.offline.yml: laid over docker-compose.yml, it keeps Compose from pulling and building, and names every image
 * as it is packed, whatever the variables, tags or digests in the Compose file say on the offline host.
 */
export function offlineOverride(project: ResolvedProject, product: string): string {
  const services = new YAMLMap();
  for (const [name, service] of Object.entries(project.services)) {
    const { reference } = packedImage(serviceImage(project.name, name, service), name);
    const override = new YAMLMap();
    override.set('image', reference);
    override.set('pull_policy', 'never');
    if (service.build) override.set('build', reset());
    services.set(name, override);
  }
  const document = new Document({ name: product });
  document.set('services', services);
  document.commentBefore =
    ' Made by `bundle export`. Use it after docker-compose.yml: nothing is pulled or built.';
  return stringify(document, { version: '1.1', lineWidth: 0 });
}

/** Takes a value of the file below away (Compose specification, merge, reset value). */
function reset(): Scalar {
  const scalar = new Scalar(null);
  scalar.tag = '!reset';
  return scalar;
}
