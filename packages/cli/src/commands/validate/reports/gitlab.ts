import { createHash } from 'node:crypto';
import { defaultCode, type Findings, messageOf, plainPath } from './report.ts';

/** Formats findings as a Code Quality report of GitLab. Findings without a line are shown at the first one. */
export function gitlabReport({ findings }: Findings): object[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const { severity, file, line = 1, code = defaultCode } = finding;
    const description = messageOf(finding);
    const path = plainPath(file);
    const identity = JSON.stringify([path, code, description]);
    const before = seen.get(identity) ?? 0;
    seen.set(identity, before + 1);
    return {
      description,
      check_name: code,
      // Without the line, so that a finding stays the same one when others move it.
      fingerprint: createHash('sha256').update(`${identity}${before}`).digest('hex'),
      severity: severity === 'error' ? 'major' : 'minor',
      location: { path, lines: { begin: line } },
    };
  });
}
