import {
  assignmentsOf,
  composeFlag as flag,
  composeText as text,
  composeTexts as texts,
  composeWords as words,
} from '@bundle/compose';
import { z } from 'zod';

const whole = z.coerce.number().int().nonnegative();

const assignments = assignmentsOf(text);

const envFile = z.union([
  text.transform((path) => ({ path, format: undefined })),
  z.object({ path: text, format: text.optional() }),
]);

const healthcheck = z.object({
  test: z.union([z.string().transform((line) => ['CMD-SHELL', line]), z.array(text)]).nullish(),
  interval: text.nullish(),
  timeout: text.nullish(),
  retries: whole.nullish(),
  start_period: text.nullish(),
  start_interval: text.nullish(),
  disable: flag.nullish(),
});
export type HealthCheck = z.output<typeof healthcheck>;

const port = z.union([
  text,
  z.object({
    target: whole,
    published: text.nullish(),
    host_ip: text.nullish(),
    protocol: text.nullish(),
  }),
]);
export type PortEntry = z.output<typeof port>;

const volume = z.union([
  z.string(),
  z.object({
    type: text,
    source: text.nullish(),
    target: text,
    read_only: flag.nullish(),
    volume: z.object({ subpath: text.nullish() }).nullish(),
    tmpfs: z.object({ size: text.nullish() }).nullish(),
  }),
]);
export type VolumeEntry = z.output<typeof volume>;

/** Reads permissions, such as `"0440"` or `0440`, which YAML has made a number of. */
function modeOf(written: number | string): number {
  return typeof written === 'string' ? Number.parseInt(written, 8) : written;
}

const use = z.union([
  z.string().transform((source) => ({
    ...{ source, target: undefined, mode: undefined, uid: undefined, gid: undefined },
  })),
  z.object({
    source: z.string(),
    target: z.string().optional(),
    uid: text.optional(),
    gid: text.optional(),
    mode: z.union([z.number(), z.string()]).transform(modeOf).optional(),
  }),
]);
export type FileUse = z.output<typeof use>;

const dependencies = z.union([
  z
    .array(z.string())
    .transform((names) =>
      Object.fromEntries(names.map((name) => [name, { condition: 'service_started' }])),
    ),
  z.record(z.string(), z.object({ condition: z.string().default('service_started') })),
]);

const amounts = z
  .object({ cpus: text.nullish(), memory: text.nullish() })
  .catchall(z.unknown())
  .nullish();

const deploy = z
  .object({
    mode: z.string().nullish(),
    replicas: whole.nullish(),
    resources: z.object({ limits: amounts, reservations: amounts }).catchall(z.unknown()).nullish(),
  })
  .catchall(z.unknown());

const network = z
  .object({ aliases: z.array(text).nullish() })
  .catchall(z.unknown())
  .nullable();
const networks = z.union([
  z.array(z.string()).transform((names) => Object.fromEntries(names.map((name) => [name, null]))),
  z.record(z.string(), network),
]);

const hosts = z.union([
  z.array(text),
  z
    .record(z.string(), texts)
    .transform((all) =>
      Object.entries(all).flatMap(([host, places]) => places.map((place) => `${host}=${place}`)),
    ),
]);

/** The keys of a service that are converted. Each is read on its own: one that is not understood spoils no other. */
export const serviceShape = {
  extends: z
    .union([
      z.string(),
      z.object({ service: z.string().optional() }).transform(({ service }) => service),
    ])
    .transform((service) => service ?? ''),
  profiles: z.array(text),
  command: words,
  entrypoint: words,
  working_dir: text,
  environment: assignments,
  env_file: z.union([envFile.transform((one) => [one]), z.array(envFile)]),
  user: text,
  group_add: z.array(text),
  privileged: flag,
  read_only: flag,
  cap_add: z.array(text),
  cap_drop: z.array(text),
  security_opt: z.array(text),
  sysctls: assignments,
  tty: flag,
  stdin_open: flag,
  healthcheck,
  ports: z.array(port),
  expose: z.array(text),
  volumes: z.array(volume),
  tmpfs: texts,
  shm_size: text,
  configs: z.array(use),
  secrets: z.array(use),
  depends_on: dependencies,
  deploy,
  scale: whole,
  restart: text,
  mem_limit: text,
  mem_reservation: text,
  cpus: text,
  stop_grace_period: text,
  hostname: text,
  container_name: text,
  links: z.array(text),
  networks,
  network_mode: text,
  pid: text,
  ipc: text,
  extra_hosts: hosts,
  dns_search: texts,
  dns_opt: z.array(text),
} as const;

const schema = z.object(serviceShape).partial();

/** A service in long form, with the keys that are converted. */
export type Service = z.output<typeof schema>;
