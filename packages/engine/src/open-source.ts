import { BundleError, type Environment, type Platform } from '@bundle/format';
import type { Engine } from './engine.ts';
import { ownPlatform } from './own-platform.ts';

/** Where images come from in place of an engine, as `--from` names it. */
export const sourceKinds = ['registry', 'oci:DIR'] as const;

export interface SourceChoice {
  /** `registry`, or `oci:DIR`. */
  readonly from: string;
  /** Platform of the images; default: that of this machine. */
  readonly platform: Platform | undefined;
  /** Registries to reach without TLS. */
  readonly plainHttp?: readonly string[] | undefined;
  readonly env: Environment;
}

/** Opens a source of images that is no engine. Fails with `usage` if there is no such kind. */
export async function openSource({
  from,
  platform,
  plainHttp,
  env,
}: SourceChoice): Promise<Engine> {
  if (from === 'registry') {
    const { createRegistryEngine, openRegistries } = await import('./registry/engine.ts');
    return createRegistryEngine(
      await openRegistries({ platform: platform ?? ownPlatform, plainHttp, env }),
    );
  }
  const [, kind, path = ''] = /^([a-z-]+):(.+)$/.exec(from) ?? [];
  if (kind === 'oci') {
    const { createLayoutEngine } = await import('./oci-layout/engine.ts');
    return createLayoutEngine(path);
  }
  throw new BundleError('usage', {
    operation: 'choosing the source of the images',
    subject: from,
    expected: sourceKinds.join(', '),
    hint: 'Correct --from.',
  });
}
