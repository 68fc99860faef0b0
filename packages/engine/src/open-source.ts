import { resolve } from 'node:path';
import { BundleError, type Environment, type Platform } from '@bundle/format';
import type { Engine } from './engine.ts';
import { ownPlatform } from './own-platform.ts';

/** Where images come from in place of an engine, as `--from` names it. */
export const sourceKinds = [
  'registry',
  'oci:DIR',
  'oci-archive:FILE',
  'docker-archive:FILE',
] as const;

export interface SourceChoice {
  /** One of `sourceKinds`. */
  readonly from: string;
  /** Platform of the images; default: that of this machine. */
  readonly platform: Platform | undefined;
  /** Registries to reach without TLS. */
  readonly plainHttp?: readonly string[] | undefined;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Opens a source of images that is no engine. Fails with `usage` if there is no such kind. */
export async function openSource({
  from,
  platform,
  plainHttp,
  env,
  signal,
}: SourceChoice): Promise<Engine> {
  if (from === 'registry') {
    const { createRegistryEngine, openRegistries } = await import('./registry/engine.ts');
    const images = await openRegistries({ platform: platform ?? ownPlatform, plainHttp, env });
    return createRegistryEngine(images, signal);
  }
  const [, kind, path = ''] = /^([a-z-]+):(.+)$/.exec(from) ?? [];
  if (kind === 'oci') {
    const [{ LayoutFolder }, { layoutSource }] = await Promise.all([
      import('./oci-layout/folder.ts'),
      import('./oci-layout/layout-source.ts'),
    ]);
    return layoutSource(new LayoutFolder(resolve(path)), platform ?? ownPlatform);
  }
  if (kind === 'oci-archive' || kind === 'docker-archive') {
    const { openArchive } = await import('./archives/open-archive.ts');
    const archive = await openArchive(resolve(path), signal, kind);
    return archive.source(platform ?? ownPlatform);
  }
  throw new BundleError('usage', {
    operation: 'choosing the source of the images',
    subject: from,
    expected: sourceKinds.join(', '),
    hint: 'Correct --from.',
  });
}
