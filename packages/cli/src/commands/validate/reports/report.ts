import type { CodedFinding } from '../../../shared/render/findings.ts';

/** What a report is made of. */
export interface Findings {
  /** The files as the command line names them, also those without a finding. */
  readonly files: readonly string[];
  readonly findings: readonly CodedFinding[];
}

export const defaultCode = 'findings-present';

/** Formats a finding for a reader who sees file and line elsewhere. */
export function messageOf({ path, message }: CodedFinding): string {
  return path ? `${path}: ${message}` : message;
}

/** Removes the leading `./`, because CI systems compare paths with those of the repository. */
export function plainPath(file: string): string {
  return file.replace(/^(\.\/+)+/, '');
}
