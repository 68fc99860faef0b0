import { formatDocumentPath } from '@bundle/format';
import { z } from 'zod';
import { invalidCompose } from './invalid-compose.ts';
import { serviceSchema } from './service.ts';

const name = z.union([z.string(), z.number()]).transform(String);
const external = z.union([z.boolean(), z.object({ name: name.optional() })]).nullish();
const options = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
  .nullish();
const ipam = z
  .object({ config: z.array(z.object({ subnet: z.string().nullish() })).nullish() })
  .nullish();
const places = z
  .record(
    z.string(),
    z
      .object({
        name: name.nullish(),
        external,
        driver: name.nullish(),
        driver_opts: options,
        enable_ipv6: z.union([z.boolean(), z.stringbool()]).nullish(),
        ipam,
      })
      .nullable(),
  )
  .nullish();
const files = z
  .record(
    z.string(),
    z
      .object({
        file: z.string().nullish(),
        environment: z.string().nullish(),
        external,
      })
      .nullable(),
  )
  .nullish();

/** A Compose project, as written or resolved. Keys that are never used are dropped. */
export const projectSchema = z.object({
  name: name.optional(),
  services: z.record(
    z.string(),
    z.preprocess((service) => service ?? {}, serviceSchema),
  ),
  networks: places,
  volumes: places,
  configs: files,
  secrets: files,
});
/** A project with every short form written out. */
export type ComposeProject = z.output<typeof projectSchema>;

/** A project as resolved by `docker compose config`: it has a name, and its paths are absolute. */
export type ResolvedProject = ComposeProject & { readonly name: string };

/**
 * Parses the output of `docker compose config`, or of an equivalent resolver; sorts services by name. Fails with
 * `compose-invalid`.
 */
export function parseResolved(resolved: unknown, file: string): ResolvedProject {
  const parsed = projectSchema.safeParse(resolved);
  if (!parsed.success) throw invalidCompose(file, issuesText(parsed.error));
  const { name = '', services, ...rest } = parsed.data;
  return { ...rest, name, services: sorted(services) };
}

/**
 * Reads as much of a Compose document as possible, with or without its variables filled in. A value of the wrong type
 * is left out, because Compose itself reports it. Undefined for anything but a Compose document.
 */
export function readProject(document: unknown): ComposeProject | undefined {
  const whole = projectSchema.safeParse(document);
  if (whole.success) return whole.data;
  // Backwards, so that no list entry moves before it is removed itself.
  const rest = whole.error.issues
    .toReversed()
    .reduce<unknown>((left, { path }) => without(left, placeOf(path)), document);
  return projectSchema.safeParse(rest).data;
}

/** Returns the path to leave out for a problem: one key of a service, or one entry of a list in it. */
function placeOf(path: readonly PropertyKey[]): readonly PropertyKey[] {
  return path.slice(0, typeof path[3] === 'number' ? 4 : 3);
}

function without(document: unknown, [key, ...rest]: readonly PropertyKey[]): unknown {
  if (key === undefined || typeof document !== 'object' || document === null) return document;
  const kept = (at: PropertyKey, value: unknown): [PropertyKey, unknown][] => {
    if (at !== key) return [[at, value]];
    return rest.length === 0 ? [] : [[at, without(value, rest)]];
  };
  if (Array.isArray(document)) {
    return document.flatMap((value, index) => kept(index, value).map(([, one]) => one));
  }
  return Object.fromEntries(Object.entries(document).flatMap(([name, value]) => kept(name, value)));
}

/** Formats the problems of a document on one line, each with its place. */
export function issuesText({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${formatDocumentPath(path)}: ${message}`).join('; ');
}

function sorted<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Removes environments and commands from a project, because they may contain values from env files. */
export function withoutEnvironment(project: ResolvedProject): ResolvedProject {
  const services = Object.entries(project.services).map(
    ([name, { environment: _, command: __, entrypoint: ___, ...rest }]) => [name, rest],
  );
  return { ...project, services: Object.fromEntries(services) };
}

/** Tells whether Compose starts a service: it has no profiles, or an enabled one; `*` enables all. */
export function isActive(
  { profiles }: { readonly profiles?: readonly string[] | null | undefined },
  wanted: readonly string[],
): boolean {
  if (!profiles || profiles.length === 0 || wanted.includes('*')) return true;
  return profiles.some((profile) => wanted.includes(profile));
}
