import { BundleError } from '@bundle/format';
import { createDockerEngine } from './docker-engine.ts';
import { type Environment, resolveDockerHost } from './endpoint.ts';
import type { Engine } from './engine.ts';
import { createLayoutEngine } from './layout-engine.ts';

/** The engine that a command works on: `docker` (default) at its resolved address, or `oci:FOLDER`. */
export async function openEngine(choice: {
  readonly engine?: string;
  readonly dockerHost?: string;
  readonly env: Environment;
}): Promise<Engine> {
  const kind = choice.engine ?? 'docker';
  if (kind.startsWith('oci:') && kind.length > 'oci:'.length)
    return createLayoutEngine(kind.slice(4));
  if (kind === 'docker') {
    return createDockerEngine(await resolveDockerHost(choice.dockerHost, choice.env));
  }
  throw new BundleError('usage', {
    operation: 'choosing the engine',
    subject: kind,
    expected: '"docker" or "oci:FOLDER"',
    hint: 'Mend --engine or BUNDLE_ENGINE.',
  });
}
