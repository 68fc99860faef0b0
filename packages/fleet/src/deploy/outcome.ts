import { BundleError } from '@bundle/format';
import type { DeployReport } from './types.ts';

/** Returns the error with which a deployment ends; undefined where every host runs the release. */
export function deployError({
  outcome,
  hosts,
  product,
  version,
}: DeployReport): BundleError | undefined {
  const subject = `${product} ${version}`;
  if (outcome === 'interrupted') {
    const done = hosts.filter((one) =>
      ['deployed', 'already running'].includes(one.outcome),
    ).length;
    return new BundleError('interrupted', {
      operation: 'deploying',
      subject,
      hint: `${done} of ${hosts.length} hosts run it. The same command goes on where it stopped.`,
    });
  }
  if (outcome !== 'stopped') return undefined;
  const failed = hosts.filter(({ error }) => error !== undefined);
  const unknown = hosts.filter((one) => one.outcome === 'unknown').map(({ host }) => host);
  const found = failed.map(({ host, error }) => `${host}: ${error?.message ?? ''}`).join('; ');
  if (unknown.length > 0) {
    return new BundleError('return-failed', {
      operation: 'deploying',
      subject,
      expected: 'hosts that run what ran before',
      found,
      hint: `Look at ${unknown.join(', ')} with --status. The same command first tries to bring them back again.`,
    });
  }
  const [first] = failed;
  return new BundleError('deploy-stopped', {
    operation: 'deploying',
    subject,
    expected: 'a healthy release on every host',
    found,
    hint: [
      'Every host runs what ran before.',
      first?.error?.details.hint,
      'Then run the same command again.',
    ]
      .filter((one) => one !== undefined)
      .join(' '),
  });
}
