import { jsonText } from '../../../shared/terminal/escape.ts';
import type { ReportFormat } from '../definition.ts';
import { githubReport } from './github.ts';
import { gitlabReport } from './gitlab.ts';
import { junitReport } from './junit.ts';
import type { Findings } from './report.ts';
import { sarifReport } from './sarif.ts';

/** Formats findings for a CI system. */
export function reportText(format: Exclude<ReportFormat, 'text'>, findings: Findings): string {
  if (format === 'sarif') return jsonText(sarifReport(findings));
  if (format === 'gitlab') return jsonText(gitlabReport(findings));
  return format === 'junit' ? junitReport(findings) : githubReport(findings);
}
