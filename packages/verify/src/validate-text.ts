import {
  type BundleManifest,
  type BundleSpec,
  bundleManifestSchema,
  bundleSpecSchema,
  type ErrorCode,
  type Finding,
  formatDocumentPath,
  reasonOf,
} from '@bundle/format';
import { type ParsedDocument, parseYamlDocument } from '@bundle/format/yaml';
import { z } from 'zod';
import { manifestRules } from './manifest-rules.ts';

/** A finding, with the error and exit code that it stands for, where known. */
export type ValidationFinding = Finding & { readonly code?: ErrorCode };

export interface ValidatedText<T> {
  /** Set when the document meets the schema, whatever the rules say. */
  readonly value: T | undefined;
  readonly findings: readonly ValidationFinding[];
  readonly lineOf: ParsedDocument['lineOf'];
}

/** bundle.json: JSON, schema, rules. */
export function validateManifestText(text: string, file: string): ValidatedText<BundleManifest> {
  const notJson = jsonProblem(text, file);
  if (notJson !== undefined) {
    return { value: undefined, findings: [notJson], lineOf: () => undefined };
  }
  const result = validateText(text, file, bundleManifestSchema, 1, 'manifest-invalid');
  if (result.value === undefined) return result;
  const rules = manifestRules(result.value).map(({ path, message }) =>
    placed(result.lineOf, file, path, message, 'manifest-invalid'),
  );
  return { ...result, findings: [...result.findings, ...rules] };
}

/** A bundle spec: YAML and schema. */
export function validateSpecText(text: string, file: string): ValidatedText<BundleSpec> {
  return validateText(text, file, bundleSpecSchema, 1, 'spec-invalid');
}

function validateText<T>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  newestVersion: number,
  code: ErrorCode,
): ValidatedText<T> {
  const { value, findings, lineOf } = parseYamlDocument(text, file);
  if (findings.length > 0) {
    const coded = findings.map((finding) => ({ ...finding, code }));
    return { value: undefined, findings: coded, lineOf };
  }
  const newer = newerVersion(value, newestVersion);
  if (newer !== undefined) {
    const message = `written for format version ${newer}; this program reads up to ${newestVersion}: update it`;
    const finding = placed(lineOf, file, ['schemaVersion'], message, 'schema-newer');
    return { value: undefined, findings: [finding], lineOf };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data, findings: [], lineOf };
  const issues = parsed.error.issues.flatMap((issue) =>
    issueProblems(issue).map(({ path, message }) => placed(lineOf, file, path, message, code)),
  );
  return { value: undefined, findings: issues, lineOf };
}

/** YAML is more lenient than JSON, and other readers of bundle.json accept only JSON. */
function jsonProblem(text: string, file: string): ValidationFinding | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const reason = reasonOf(error);
    // Only some of V8's messages contain the position.
    const position =
      /at position (\d+)/.exec(reason)?.[1] ?? (/end of JSON/.test(reason) ? text.length : 0);
    return {
      severity: 'error',
      code: 'manifest-invalid',
      file,
      line: text.slice(0, Number(position)).split('\n').length,
      message: `not JSON: ${reason}`,
    };
  }
}

function newerVersion(value: unknown, newest: number): number | undefined {
  const parsed = z.looseObject({ schemaVersion: z.number().int() }).safeParse(value);
  if (!parsed.success || parsed.data.schemaVersion <= newest) return undefined;
  return parsed.data.schemaVersion;
}

/** Improves zod's issues: it names only the object around unknown keys, and says little about unions. */
function issueProblems(
  issue: z.core.$ZodIssue,
): { path: readonly PropertyKey[]; message: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown field' }));
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
