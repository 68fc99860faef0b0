import { z } from 'zod';

/** Limit for the findings of one document; more would say nothing new. */
const maxIssues = 20;

/** Number of objects, lists and other values up to which all mistakes listed at once fit in a few megabytes. */
const maxSmallValues = 5_000;

export type Parsed<T> =
  | { readonly data: T; readonly issues?: undefined }
  | {
      readonly data?: undefined;
      readonly issues: readonly z.core.$ZodIssue[];
      /** Whether there are more findings than the limit. */
      readonly areMore: boolean;
    };

/**
 * Parses a value, or finds where it violates the schema, up to a limit. A schema by itself lists every mistake,
 * which takes gigabytes for a small document of many empty objects.
 */
export function parseBounded<T>(schema: z.ZodType<T>, value: unknown): Parsed<T> {
  if (!isSmall(value)) {
    const issues: z.core.$ZodIssue[] = [];
    for (const issue of issuesIn(schema, value, [])) {
      if (issues.length >= maxIssues) return { issues, areMore: true };
      issues.push(issue);
    }
    if (issues.length > 0) return { issues, areMore: false };
  }
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return { data };
  const { issues } = error;
  return { issues: issues.slice(0, maxIssues), areMore: issues.length > maxIssues };
}

function isSmall(value: unknown): boolean {
  let room = maxSmallValues;
  const count = (one: unknown): void => {
    room -= 1;
    if (room > 0 && typeof one === 'object' && one !== null) Object.values(one).forEach(count);
  };
  count(value);
  return room > 0;
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
