import { z } from 'zod';
import { shellWords } from './shell-words.ts';

/** Text that YAML may have read as a number, a boolean or a date. */
export const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

export const flag = z.union([z.boolean(), z.stringbool()]);

/** A command: words, or one text that Compose splits. */
export const words = z.union([
  z.string().transform((line, issues) => {
    const split = shellWords(line);
    if (split !== undefined) return split;
    issues.addIssue('a command that Compose cannot split');
    return z.NEVER;
  }),
  z.array(text),
]);

export const texts = z.union([text.transform((one) => [one]), z.array(text)]);

/**
 * Makes the schema of `- NAME=VALUE` or `NAME: VALUE`; null for a name alone, whose value is passed on from the environment.
 * `line`: what a line of a list may be.
 */
export function assignmentsOf(line: z.ZodType<string>) {
  return z.union([
    z.array(line).transform((lines) =>
      Object.fromEntries(
        lines.map((one): [string, string | null] => {
          const [, name = one, assigned] = /^([^=]*)=(.*)$/s.exec(one) ?? [];
          return [name, assigned ?? null];
        }),
      ),
    ),
    z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable())
      .transform((all) =>
        Object.fromEntries(
          Object.entries(all).map(([name, one]) => [name, one === null ? null : String(one)]),
        ),
      ),
  ]);
}
