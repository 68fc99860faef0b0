import type { CodedFinding } from '../../../shared/render/findings.ts';
import { visible } from '../../../shared/terminal/escape.ts';
import { defaultCode, type Findings, messageOf } from './report.ts';

/** Formats findings as a JUnit report: a suite for each file, a failed case for each error, and one case if all is well. */
export function junitReport({ files, findings }: Findings): string {
  const names = [...new Set([...files, ...findings.map(({ file }) => file)])];
  const suites = names.map((name) =>
    suiteOf(
      name,
      findings.filter(({ file }) => file === name),
    ),
  );
  const errors = errorsOf(findings);
  const cases = suites.reduce((sum, { cases }) => sum + cases, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="bundle validate" tests="${cases}" failures="${errors.length}">`,
    ...suites.map(({ text }) => text),
    '</testsuites>',
  ].join('\n');
}

function suiteOf(name: string, findings: readonly CodedFinding[]): { text: string; cases: number } {
  const errors = errorsOf(findings);
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const cases = errors.map((error) => {
    const { code = defaultCode, line, path } = error;
    const title = path || 'file';
    const where = line === undefined ? name : `${name}:${line}`;
    return `    <testcase name=${quoted(title)} classname=${quoted(name)}><failure type=${quoted(code)} message=${quoted(messageOf(error))}>${escaped(`${where}: ${messageOf(error)}`)}</failure></testcase>`;
  });
  if (cases.length === 0) cases.push(`    <testcase name="valid" classname=${quoted(name)}/>`);
  const output = warnings.map((warning) => `${warning.line ?? 1}: ${messageOf(warning)}`);
  const lines = [
    `  <testsuite name=${quoted(name)} tests="${cases.length}" failures="${errors.length}">`,
    ...cases,
    ...(output.length === 0
      ? []
      : [`    <system-out>${output.map(escaped).join('\n')}</system-out>`]),
    '  </testsuite>',
  ];
  return { text: lines.join('\n'), cases: cases.length };
}

function errorsOf(findings: readonly CodedFinding[]): CodedFinding[] {
  return findings.filter(({ severity }) => severity === 'error');
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

/** Escapes text for XML 1.0. That has no way to write control characters, so they are spelled out. */
function escaped(text: string): string {
  return visible(text)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
