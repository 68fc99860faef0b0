import { z } from 'zod';

/**
 * A map, which Compose also allows as a list: `- KEY=value` (`HOST:IP` for hosts). Keys without a value are dropped.
 */
const map = z.preprocess(
  (value) =>
    Array.isArray(value)
      ? Object.fromEntries(
          value.flatMap((item) => {
            const [, key, text] = /^([^=]+)=(.*)$/s.exec(String(item)) ?? [];
            return key === undefined ? [] : [[key, text]];
          }),
        )
      : value,
  z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable())
    .transform((all) =>
      Object.fromEntries(
        Object.entries(all).flatMap(([key, value]) =>
          value === null ? [] : [[key, String(value)]],
        ),
      ),
    ),
);

/** As text where it has more digits than a number holds. */
const amount = z.union([z.number(), z.string()]);
const limit = z.union([
  amount,
  z.object({ soft: amount, hard: amount }).transform(({ soft, hard }) => `${soft}:${hard}`),
]);

/**
 * A service's `build:` (Compose build specification): the keys that change the result of a build, or forbid it
 * elsewhere.
 */
export const buildSection = z.object({
  context: z.string().optional(),
  dockerfile: z.string().optional(),
  dockerfile_inline: z.string().optional(),
  target: z.string().optional(),
  args: map.nullish(),
  labels: map.nullish(),
  additional_contexts: map.nullish(),
  network: z.string().optional(),
  extra_hosts: z.union([z.array(z.string()), map]).nullish(),
  shm_size: z.coerce.string().optional(),
  ulimits: z.record(z.string(), limit).nullish(),
  secrets: z
    .array(
      z.union([
        z.string().transform((source) => ({ source, target: undefined })),
        z.object({ source: z.string(), target: z.string().optional() }),
      ]),
    )
    .nullish(),
  ssh: z.array(z.string()).nullish(),
  platforms: z.array(z.string()).nullish(),
  privileged: z.boolean().optional(),
  entitlements: z.array(z.string()).nullish(),
});
export type BuildSection = z.output<typeof buildSection>;
