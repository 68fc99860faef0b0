import { z } from 'zod';

const named = z.looseObject({ source: z.string().optional() });

/** A Compose project as `docker compose config` resolves it: only what is read here. */
export const projectSchema = z.looseObject({
  name: z.string(),
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string().optional(),
      build: z.looseObject({ context: z.string().optional() }).optional(),
      volumes: z
        .array(
          z.looseObject({
            type: z.string(),
            source: z.string().optional(),
            target: z.string(),
            read_only: z.boolean().optional(),
          }),
        )
        .optional(),
      configs: z.array(named).optional(),
      secrets: z.array(named).optional(),
      privileged: z.boolean().optional(),
      network_mode: z.string().optional(),
      pid: z.string().optional(),
    }),
  ),
  configs: z.record(z.string(), z.looseObject({ file: z.string().optional() })).optional(),
  secrets: z.record(z.string(), z.looseObject({ file: z.string().optional() })).optional(),
});
export type ComposeProject = z.output<typeof projectSchema>;
export type ComposeService = ComposeProject['services'][string];
