import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorMeanings } from '@bundle/format';
import type { Log, Result } from 'sarif';
import type { CodedFinding } from '../../../shared/render/findings.ts';
import { version } from '../../../version.ts';
import { defaultCode, type Findings, messageOf, plainPath } from './report.ts';

/** Formats findings as SARIF 2.1.0, the format of code scanning. */
export function sarifReport({ findings }: Findings): Log {
  const codes = [...new Set(findings.map(({ code = defaultCode }) => code))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bundle',
            semanticVersion: version,
            rules: codes.map((id) => ({ id, shortDescription: { text: errorMeanings[id] } })),
          },
        },
        results: findings.map((finding) => resultOf(finding, codes)),
      },
    ],
  };
}

function resultOf(finding: CodedFinding, codes: readonly string[]): Result {
  const { severity, file, line, path, code = defaultCode } = finding;
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: messageOf(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          ...(line === undefined ? {} : { region: { startLine: line } }),
        },
        ...(path ? { logicalLocations: [{ fullyQualifiedName: path }] } : {}),
      },
    ],
  };
}

function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return plainPath(file).toWellFormed().split('/').map(encodeURIComponent).join('/');
}
