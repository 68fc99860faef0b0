import type { ResolvedProject } from '@bundle/compose';
import { Document, type Node, Scalar, stringify, YAMLMap } from 'yaml';
import { packedImage, serviceImage } from './images.ts';
import type { Relocated } from './relocated-mounts.ts';

/**
 * Generates compose.offline.yml, which is merged over docker-compose.yml. It keeps Compose from pulling and building,
 * and names every image as packed, regardless of variables, tags and digests in the Compose file on the offline host.
 * Mounts get their places in a release.
 */
export function offlineOverride(
  project: ResolvedProject,
  product: string,
  { volumes, configs, secrets, bound }: Relocated,
  envFiles: ReadonlyMap<string, readonly unknown[]> = new Map(),
): string {
  const services = new YAMLMap();
  for (const [name, service] of Object.entries(project.services)) {
    const { reference } = packedImage(serviceImage(project.name, name, service), name);
    const override = new YAMLMap();
    override.set('image', reference);
    override.set('pull_policy', 'never');
    if (service.build) override.set('build', reset());
    const mounts = volumes.get(name);
    if (mounts !== undefined) override.set('volumes', listNode(mounts));
    const read = envFiles.get(name);
    if (read !== undefined) override.set('env_file', listNode({ entries: read, isWhole: true }));
    services.set(name, override);
  }
  const document = new Document({ name: product });
  document.set('services', services);
  for (const [key, files] of Object.entries({ configs, secrets })) {
    if (files.size === 0) continue;
    const entries = [...files].map(([name, file]) => [name, { file }]);
    document.set(key, Object.fromEntries(entries));
  }
  if (bound.size > 0) {
    const definitions = [...bound].map(([name, device]) => [
      name,
      { driver: 'local', driver_opts: { ...project.volumes?.[name]?.driver_opts, device } },
    ]);
    document.set('volumes', Object.fromEntries(definitions));
  }
  document.commentBefore =
    ' Made by `bundle export`. Use it after docker-compose.yml: nothing is pulled or built.';
  return stringify(document, { version: '1.1', lineWidth: 0 });
}

function listNode({
  entries,
  isWhole,
}: {
  readonly entries: readonly unknown[];
  readonly isWhole: boolean;
}): Node {
  const node = new Document().createNode(entries);
  // Replaces the list in the file below (Compose specification, merge, replace value).
  if (isWhole) node.tag = '!override';
  return node;
}

/** Returns a value that removes the key set by the file below (Compose specification, merge, reset value). */
function reset(): Scalar {
  const scalar = new Scalar(null);
  scalar.tag = '!reset';
  return scalar;
}
