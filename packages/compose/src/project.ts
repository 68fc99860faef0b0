import { formatDocumentPath } from '@bundle/format';
import { z } from 'zod';
import { buildSection } from './build-section.ts';
import { invalidCompose } from './documents.ts';

const use = z.object({ source: z.string().optional() });
const definitions = z.record(
  z.string(),
  z.object({ file: z.string().nullish(), environment: z.string().nullish() }).nullable(),
);

const serviceSchema = z.object({
  image: z.string().optional(),
  build: buildSection.nullish(),
  volumes: z
    .array(
      z.object({
        type: z.string(),
        source: z.string().optional(),
        target: z.string(),
        read_only: z.boolean().optional(),
        bind: z.object({ create_host_path: z.boolean().optional() }).nullish(),
      }),
    )
    .nullish(),
  configs: z.array(use).nullish(),
  secrets: z.array(use).nullish(),
  privileged: z.boolean().optional(),
  network_mode: z.string().optional(),
  pid: z.string().optional(),
});

/**
 * A Compose project as `docker compose config` resolves it, with absolute paths. Everything that is not used here
 * is dropped, above all `environment`: it may hold values out of env files.
 */
const projectSchema = z.object({
  name: z.string(),
  services: z
    .record(z.string(), serviceSchema)
    .refine((services) => Object.keys(services).length > 0, 'no service, or none in the profiles'),
  configs: definitions.nullish(),
  secrets: definitions.nullish(),
});
export type ComposeProject = z.output<typeof projectSchema>;
export type ComposeService = ComposeProject['services'][string];

export function parseProject(resolved: unknown, file: string): ComposeProject {
  const parsed = projectSchema.safeParse(resolved);
  if (parsed.success) return { ...parsed.data, services: sorted(parsed.data.services) };
  const words = parsed.error.issues.map(
    ({ path, message }) => `${formatDocumentPath(path)}: ${message}`,
  );
  throw invalidCompose(file, words.join('; '));
}

function sorted<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}
