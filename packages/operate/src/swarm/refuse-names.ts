import { type ResolvedDocument, refusedNames } from '@bundle/compose';
import { BundleError } from '@bundle/format';

/** Fails with `compose-invalid` for names of services and networks that Swarm refuses. */
export function refuseNames(project: ResolvedDocument, stack: string): void {
  const refused = refusedNames(project, stack);
  if (refused.length === 0) return;
  throw new BundleError('compose-invalid', {
    operation: 'making a stack of',
    subject: stack,
    expected: 'services and networks with names of at most 63 letters, digits, - and _',
    found: refused.join(', '),
    hint: 'Swarm refuses these names. Rename them in the Compose file, and export it again.',
  });
}
