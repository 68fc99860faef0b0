import { visible } from '../../../shared/terminal/escape.ts';
import { defaultCode, type Findings, messageOf, plainPath } from './report.ts';

/**
 * Formats findings as workflow commands of GitHub Actions, which shows them at their lines:
 * `::error file=FILE,line=LINE,title=CODE::MESSAGE`.
 */
export function githubReport({ findings }: Findings): string {
  return findings
    .map((finding) => {
      const { severity, file, line, code = defaultCode } = finding;
      const at = line === undefined ? '' : `,line=${line}`;
      const title = `bundle: ${code}`;
      return `::${severity} file=${property(plainPath(file))}${at},title=${property(title)}::${data(messageOf(finding))}`;
    })
    .join('\n');
}

/** Escapes a message as the runner’s own toolkit does. Line feeds, which would begin a further command, are spelled out. */
function data(text: string): string {
  return visible(text).replaceAll('%', '%25');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
