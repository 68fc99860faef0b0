import { z } from 'zod';

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const external = z.union([z.boolean(), z.object({ name: text.optional() })]).nullish();
const records = <T extends z.ZodType>(one: T) =>
  z.record(z.string(), one.nullable().catch(null)).nullish().catch(null);

const file = z.object({
  file: text.nullish(),
  content: text.nullish(),
  environment: text.nullish(),
  external,
  name: text.nullish(),
});
export type FileDefinition = z.output<typeof file>;

const volume = z.object({
  external,
  name: text.nullish(),
  driver: text.nullish(),
  driver_opts: z.record(z.string(), text).nullish(),
});

/** What a Compose document defines for all services. */
const definitions = z.object({
  configs: records(file),
  secrets: records(file),
  volumes: records(volume),
  networks: records(z.record(z.string(), z.unknown())),
});
export type Definitions = z.output<typeof definitions>;

export function readDefinitions(document: unknown): Definitions {
  return (
    definitions.safeParse(document).data ?? {
      configs: {},
      secrets: {},
      volumes: {},
      networks: {},
    }
  );
}

export function isExternal({ external: given }: { readonly external?: unknown }): boolean {
  return given !== undefined && given !== null && given !== false;
}
