import { z } from 'zod';

/** More than this many findings of one document say nothing new. */
const maxIssues = 20;

export interface SchemaIssues {
  readonly issues: readonly z.core.$ZodIssue[];
  /** Whether there are more than were looked for. */
  readonly areMore: boolean;
}

/**
 * Finds what in a value does not meet a schema, but not more of it than anybody reads: a schema itself lists every mistake,
 * which for a small document of many empty objects takes gigabytes.
 */
export function schemaIssues(schema: z.core.$ZodType, value: unknown): SchemaIssues {
  const issues: z.core.$ZodIssue[] = [];
  for (const issue of issuesIn(schema, value, [])) {
    if (issues.length >= maxIssues) return { issues, areMore: true };
    issues.push(issue);
  }
  // What concerns a container as a whole, such as its length.
  const whole = issues.length > 0 ? [] : (z.core.safeParse(schema, value).error?.issues ?? []);
  return { issues: [...issues, ...whole], areMore: false };
}

function* issuesIn(
  schema: z.core.$ZodType,
  value: unknown,
  path: readonly PropertyKey[],
): Generator<z.core.$ZodIssue> {
  if (schema instanceof z.ZodOptional) {
    if (value !== undefined) yield* issuesIn(schema.unwrap(), value, path);
  } else if (schema instanceof z.ZodArray && Array.isArray(value)) {
    for (const [index, one] of value.entries()) {
      yield* issuesIn(schema.element, one, [...path, index]);
    }
  } else if (schema instanceof z.ZodObject && isRecord(value)) {
    for (const [key, field] of Object.entries<z.core.$ZodType>(schema.shape)) {
      yield* issuesIn(field, value[key], [...path, key]);
    }
  } else {
    const { error } = z.core.safeParse(schema, value);
    for (const issue of error?.issues ?? []) yield { ...issue, path: [...path, ...issue.path] };
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
