import type { Environment } from '@bundle/format';
import { BundleError } from '@bundle/format';
import type { Runtime } from './containers.ts';
import { resolveEndpoint } from './endpoint.ts';
import type { Engine } from './engine.ts';

// Loads an adapter only when it is chosen: a short command spends most of its time starting up.

/** Opens the engine that a command works on: `docker` (default) at its resolved address, or `oci:FOLDER`. */
export async function openEngine(choice: {
  readonly engine?: string;
  readonly dockerHost?: string;
  readonly env: Environment;
}): Promise<Engine> {
  const kind = choice.engine ?? 'docker';
  if (kind.startsWith('oci:') && kind.length > 'oci:'.length) {
    const { createLayoutEngine } = await import('./oci-layout/engine.ts');
    return createLayoutEngine(kind.slice('oci:'.length));
  }
  if (kind === 'docker') {
    const { createDockerEngine } = await import('./docker/engine.ts');
    return createDockerEngine(await resolveEndpoint(choice.dockerHost, choice.env));
  }
  throw new BundleError('usage', {
    operation: 'choosing the engine',
    subject: kind,
    expected: '"docker" or "oci:FOLDER"',
    hint: 'Correct --engine or BUNDLE_ENGINE.',
  });
}

/**
 * Opens the runtime of the Docker engine that `openEngine` would choose. Fails with `usage` for an engine that runs no
 * containers.
 */
export async function openRuntime(choice: {
  readonly engine?: string;
  readonly dockerHost?: string;
  readonly env: Environment;
}): Promise<Runtime> {
  if (choice.engine === undefined || choice.engine === 'docker') {
    const { createDockerRuntime } = await import('./docker/containers.ts');
    return createDockerRuntime(await resolveEndpoint(choice.dockerHost, choice.env));
  }
  throw new BundleError('usage', {
    operation: 'choosing the engine',
    subject: choice.engine,
    expected: 'a Docker engine, which can run containers',
    hint: 'Correct --engine or BUNDLE_ENGINE.',
  });
}
