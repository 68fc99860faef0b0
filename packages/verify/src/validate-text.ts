import {
  type BundleManifest,
  type BundleSpec,
  bundleManifestSchema,
  bundleSpecSchema,
  type ErrorCode,
  type Finding,
  formatDocumentPath,
  JsonError,
  jsonLineOf,
  nearest,
  parseBounded,
  parseJson,
  schemaVersion,
} from '@bundle/format';
import { type ParsedDocument, parseYamlDocument } from '@bundle/format/yaml';
import { z } from 'zod';
import { manifestRules } from './manifest-rules.ts';

/** A finding, with the error and exit code that it stands for, where known. */
export type ValidationFinding = Finding & { readonly code?: ErrorCode };

export interface ValidatedText<T> {
  /** Set when the document meets the schema, whether or not it breaks rules. */
  readonly value: T | undefined;
  readonly findings: readonly ValidationFinding[];
  readonly lineOf: ParsedDocument['lineOf'];
}

/** Validates bundle.json: JSON, schema, rules. */
export function validateManifestText(bytes: Buffer, file: string): ValidatedText<BundleManifest> {
  let document: unknown;
  try {
    document = parseJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { message, line } = error;
    const finding = { severity: 'error', code: 'manifest-invalid', file, line, message } as const;
    return { value: undefined, findings: [finding], lineOf: () => undefined };
  }
  const text = bytes.toString('utf8');
  const lineOf: ParsedDocument['lineOf'] = (path) => jsonLineOf(text, path);
  const newer = newerFinding(document, lineOf, file, schemaVersion);
  if (newer !== undefined) return { value: undefined, findings: [newer], lineOf };
  const place = (path: readonly PropertyKey[], message: string): ValidationFinding =>
    placed(lineOf, file, path, message, 'manifest-invalid');
  const parsed = parseBounded(bundleManifestSchema, document);
  if (parsed.issues !== undefined) {
    const problems = parsed.issues.flatMap((issue) => issueProblems(issue, []));
    const findings = problems.map(({ path, message }) => place(path, message));
    const more = parsed.areMore ? [place([], 'and more')] : [];
    return { value: undefined, findings: [...findings, ...more], lineOf };
  }
  const value = parsed.data;
  const findings = manifestRules(value).map(({ path, message }) => place(path, message));
  return { value, findings, lineOf };
}

/** Validates a bundle spec: YAML and schema. */
export function validateSpecText(text: string, file: string): ValidatedText<BundleSpec> {
  const { value, findings, lineOf } = parseYamlDocument(text, file);
  if (findings.length > 0) {
    const coded = findings.map((finding) => ({ ...finding, code: 'spec-invalid' as const }));
    return { value: undefined, findings: coded, lineOf };
  }
  const newer = newerFinding(value, lineOf, file, 1);
  if (newer !== undefined) return { value: undefined, findings: [newer], lineOf };
  const parsed = parseBounded(bundleSpecSchema, value);
  if (parsed.data !== undefined) return { value: parsed.data, findings: [], lineOf };
  const issues = parsed.issues
    .flatMap((issue) => issueProblems(issue, Object.keys(bundleSpecSchema.shape)))
    .map(({ path, message }) => placed(lineOf, file, path, message, 'spec-invalid'));
  return { value: undefined, findings: issues, lineOf };
}

function newerFinding(
  value: unknown,
  lineOf: ParsedDocument['lineOf'],
  file: string,
  newest: number,
): ValidationFinding | undefined {
  const newer = newerVersion(value, newest);
  if (newer === undefined) return undefined;
  const message = `written for format version ${newer}; this program reads up to ${newest}: update it`;
  return placed(lineOf, file, ['schemaVersion'], message, 'schema-newer');
}

function newerVersion(value: unknown, newest: number): number | undefined {
  const parsed = z.looseObject({ schemaVersion: z.number().int() }).safeParse(value);
  if (!parsed.success || parsed.data.schemaVersion <= newest) return undefined;
  return parsed.data.schemaVersion;
}

/**
 * Improves zod's issues: it names only the object around unknown keys, and says little about unions. `fields`: those of
 * the document, to suggest one for an unknown field.
 */
function issueProblems(
  issue: z.core.$ZodIssue,
  fields: readonly string[],
): { path: readonly PropertyKey[]; message: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const meant = issue.path.length === 0 ? nearest(key, fields) : undefined;
      const message = `unknown field${meant === undefined ? '' : `; did you mean ${meant}?`}`;
      return { path: [...issue.path, key], message };
    });
  }
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.flatMap((errors) => errors.map(({ message }) => message));
    return [{ path: issue.path, message: [...new Set(branches)].join(', or ') || issue.message }];
  }
  return [{ path: issue.path, message: issue.message }];
}

export function placed(
  lineOf: ParsedDocument['lineOf'],
  file: string,
  path: readonly PropertyKey[],
  message: string,
  code: ErrorCode,
): ValidationFinding {
  const line = lineOf(path);
  return {
    severity: 'error',
    code,
    file,
    ...(line === undefined ? {} : { line }),
    path: formatDocumentPath(path),
    message,
  };
}
