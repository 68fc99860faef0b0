import { BundleError, limits } from '@bundle/format';
import type { SecretFinding } from './finding.ts';

/** Secrets that nobody allowed, each with its place. */
export class SecretsFound extends BundleError {
  readonly findings: readonly SecretFinding[];

  constructor(findings: readonly SecretFinding[]) {
    const listed = findings.slice(0, limits.maxListedSecrets).map(findingLine);
    const more = findings.length - listed.length;
    super('secret-found', {
      operation: 'packing the application',
      expected: 'no secret, or its name in --allow-secret',
      found: [...listed, ...(more === 0 ? [] : [`and ${more} more`])].join('\n'),
      hint: 'Whoever has the bundle has these values. Put them into .env or a secret, which stay here. If one is no secret, or shall travel, allow it with --allow-secret NAME, or by its name in `allowSecrets:` of a spec.',
    });
    this.findings = findings;
  }
}

function findingLine({ name, line, service, masked }: SecretFinding): string {
  const where = [
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(service === undefined ? [] : [`service ${service}`]),
  ].join(', ');
  return `${name}${where === '' ? '' : ` (${where})`} ${masked}`;
}
