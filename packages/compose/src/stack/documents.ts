import { z } from 'zod';

/** A part of a resolved project; which fields carry over is decided one by one. */
export type Fields = Readonly<Record<string, unknown>>;

const fields = z.record(z.string(), z.unknown());
const named = z
  .record(
    z.string(),
    z.preprocess((one) => one ?? {}, fields),
  )
  .nullish()
  .transform((all) => all ?? {});

/** The output of `docker compose config`, read as far as a stack needs it. */
export const resolvedSchema = z.looseObject({
  services: named,
  networks: named,
  volumes: named,
  configs: named,
  secrets: named,
});
export type ResolvedDocument = z.output<typeof resolvedSchema>;

/** Reads an object; anything else counts as empty. */
export function fieldsOf(value: unknown): Fields {
  const parsed = fields.safeParse(value);
  return parsed.success ? parsed.data : {};
}

/** Reads a list; anything else counts as empty. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Takes the named fields that have a value. */
export function pick(all: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.flatMap((name) => (isEmpty(all[name]) ? [] : [[name, all[name]]])),
  );
}

/** Tells whether a field says nothing: Compose writes `null`, `{}` and `[]` for fields without a value. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
