import type { ValidationFinding } from '../src/validate-text.ts';

/** `FILE:LINE: PATH: message (code)` */
export function formatFinding({ file, line, path, message, code }: ValidationFinding): string {
  const where = line === undefined ? file : `${file}:${line}`;
  return `${where}: ${path ? `${path}: ` : ''}${message}${code === undefined ? '' : ` (${code})`}`;
}
