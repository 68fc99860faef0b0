import type { ResolvedDocument } from '@bundle/compose';
import type { Stacks } from '@bundle/engine/stacks';
import { BundleError } from '@bundle/format';
import { usedFiles } from './refuse-files.ts';

/**
 * Fails with `config-check-failed` for external configs and secrets that the swarm does not have: `docker stack deploy`
 * would notice only after it has removed services.
 */
export async function refuseMissing(
  stacks: Pick<Stacks, 'files'>,
  project: ResolvedDocument,
  stack: string,
): Promise<void> {
  const missing: string[] = [];
  for (const kind of ['configs', 'secrets'] as const) {
    const outside = usedFiles(project, kind).filter(([, { external }]) => external === true);
    if (outside.length === 0) continue;
    const there = await stacks.files(kind);
    for (const [key, { name }] of outside) {
      const wanted = typeof name === 'string' ? name : key;
      if (!there.has(wanted)) missing.push(`${kind === 'configs' ? 'config' : 'secret'} ${wanted}`);
    }
  }
  if (missing.length === 0) return;
  throw new BundleError('config-check-failed', {
    operation: 'looking for the external configs and secrets of',
    subject: stack,
    expected: missing.join(', '),
    found: 'no such name in the swarm',
    hint: 'Create them first: `docker config create NAME FILE`, `docker secret create NAME FILE`.',
  });
}
