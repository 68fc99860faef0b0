import type { IProbe } from 'kubernetes-models/v1';
import type { ImageHealthCheck } from './application.ts';
import type { Findings } from './findings.ts';
import { durationSeconds } from './quantities.ts';
import { hasSecret, isSecretWord, segmentsOf } from './secret-text.ts';
import type { HealthCheck } from './service-schema.ts';

/**
 * Makes the readiness probe from a health check: the Compose file's, over the image's. Docker only marks a container that
 * is not healthy, and so does this probe; a liveness probe would restart it.
 */
export function readinessProbe(
  service: string,
  check: HealthCheck | undefined,
  image: ImageHealthCheck | undefined,
  variable: (secret: string, place: string) => string,
  findings: Findings,
): IProbe | undefined {
  const test = check?.test ?? image?.test ?? [];
  const path = ['services', service, 'healthcheck'];
  const command = check?.disable ? undefined : execOf(test, path, variable, findings);
  if (command === undefined) return undefined;
  if (check?.start_interval) {
    findings.notMapped([...path, 'start_interval'], 'a probe has one interval');
  }
  const seconds = (key: 'interval' | 'timeout'): number => {
    const written = check?.[key];
    const found = written ? durationSeconds(written) : (image?.[key] ?? 0) / 1e9;
    if (found === undefined) findings.notMapped([...path, key], 'its form is not understood');
    const whole = Math.max(1, Math.ceil(found || 30));
    if (found && found !== whole) {
      findings.changed([...path, key], `a probe counts whole seconds: ${whole}`);
    }
    return whole;
  };
  return {
    exec: { command },
    periodSeconds: seconds('interval'),
    timeoutSeconds: seconds('timeout'),
    failureThreshold: check?.retries || image?.retries || 3,
  };
}

/** Returns what a probe runs; Kubernetes expands nothing in it. */
function execOf(
  test: readonly string[],
  path: readonly PropertyKey[],
  variable: (secret: string, place: string) => string,
  findings: Findings,
): string[] | undefined {
  const [kind, ...words] = test;
  if (kind === undefined || kind === 'NONE') return undefined;
  if (words.some(isSecretWord)) {
    findings.notMapped([...path, 'test'], 'a secret is written out in it: take it from a variable');
    return undefined;
  }
  if (kind === 'CMD' && words.length > 0) {
    if (!words.some(hasSecret)) return words;
    findings.notMapped([...path, 'test'], 'a part of it is secret: write it as CMD-SHELL');
    return undefined;
  }
  const [line = ''] = words;
  if (kind !== 'CMD-SHELL' || line === '') {
    findings.notMapped([...path, 'test'], 'its form is not understood');
    return undefined;
  }
  const shell = segmentsOf(line)
    .map((part) =>
      typeof part === 'string' ? part : `\${${variable(part.secret, 'healthcheck')}}`,
    )
    .join('');
  if (shell !== line) {
    findings.changed([...path, 'test'], 'the shell reads the secret from a variable');
  }
  return ['/bin/sh', '-c', shell];
}
