import { z } from 'zod';
import { buildSection } from './build-section.ts';
import { assignmentsOf, flag, text, texts, words } from './field-schemas.ts';
import { longVolume } from './volumes.ts';

const assignments = assignmentsOf(z.string());

const envFile = z.union([
  text.transform((path) => ({ path, required: true })),
  z.object({ path: text, required: flag.default(true), format: z.string().optional() }),
]);

/** The use of a config or secret: its name in the project, and its path in the container. */
const use = z.union([
  z.string().transform((source) => ({ source, target: undefined })),
  z.object({ source: z.string(), target: z.string().optional() }),
]);

const port = z.union([
  z.object({
    published: text.optional(),
    host_ip: text.optional(),
    protocol: text.optional(),
  }),
  text,
]);

const device = z.union([
  text.transform((line) => ({ source: line.split(':')[0] ?? line })),
  z.object({ source: text }),
]);

const network = z
  .object({
    aliases: z.array(z.string()).nullish(),
    ipv4_address: z.string().optional(),
    ipv6_address: z.string().optional(),
    mac_address: text.nullish(),
    gw_priority: text.nullish(),
    interface_name: text.nullish(),
  })
  .nullable();

const networks = z.union([
  z.array(z.string()).transform((names) => Object.fromEntries(names.map((name) => [name, null]))),
  z.record(z.string(), network),
]);

const hosts = z.union([
  z.array(z.string()),
  z
    .record(z.string(), texts)
    .transform((all) =>
      Object.entries(all).flatMap(([host, places]) => places.map((place) => `${host}=${place}`)),
    ),
]);

const limits = z
  .object({ memory: text.nullish(), cpus: text.nullish(), pids: text.nullish() })
  .nullish();
const reservedDevice = z.object({
  capabilities: z.array(text).nullish(),
  driver: text.nullish(),
  count: text.nullish(),
  device_ids: z.array(text).nullish(),
});

const gpu = z.object({ driver: text.nullish(), device_ids: z.array(text).nullish() });

/** Hooks that Compose runs in a container (`post_start`, `pre_stop`). */
const hooks = z.array(z.object({ privileged: flag.optional() })).nullish();

/**
 * One service of a Compose project (Compose specification, services top-level element): every key that is used anywhere
 * here, in the form of `docker compose config`, whether written in short or long form.
 */
export const serviceSchema = z.object({
  image: text.nullish(),
  platform: text.nullish(),
  build: z
    .union([z.string().transform((context) => buildSection.parse({ context })), buildSection])
    .nullish(),
  command: words.nullish(),
  entrypoint: words.nullish(),
  extends: z
    .union([
      z.string().transform((service) => ({ service, file: undefined })),
      z.object({ service: z.string().optional(), file: z.string().optional() }),
    ])
    .nullish(),
  profiles: z.array(text).nullish(),
  environment: assignments.nullish(),
  env_file: z.union([envFile.transform((one) => [one]), z.array(envFile)]).nullish(),
  label_file: texts.nullish(),
  container_name: text.optional(),
  hostname: text.optional(),
  extra_hosts: hosts.nullish(),
  volumes: z.array(longVolume).nullish(),
  volumes_from: z.array(text).nullish(),
  configs: z.array(use).nullish(),
  secrets: z.array(use).nullish(),
  networks: networks.nullish(),
  network_mode: z.string().optional(),
  ports: z.array(port).nullish(),
  healthcheck: z.object({ disable: flag.optional(), start_interval: text.optional() }).nullish(),
  logging: z.object({ driver: text.nullish() }).nullish(),
  mem_limit: text.nullish(),
  memswap_limit: text.nullish(),
  mem_swappiness: text.nullish(),
  oom_kill_disable: flag.nullish(),
  cpus: text.nullish(),
  cpu_shares: text.nullish(),
  cpuset: text.nullish(),
  pids_limit: text.nullish(),
  ulimits: z
    .record(z.string(), z.union([text, z.object({ soft: text.nullish(), hard: text.nullish() })]))
    .nullish(),
  scale: text.nullish(),
  deploy: z
    .object({
      replicas: text.nullish(),
      resources: z
        .object({
          limits,
          reservations: z.object({ devices: z.array(reservedDevice).nullish() }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
  privileged: flag.optional(),
  pid: z.string().optional(),
  ipc: z.string().optional(),
  uts: z.string().optional(),
  userns_mode: z.string().optional(),
  cgroup: z.string().optional(),
  cap_add: z.array(text).nullish(),
  security_opt: z.array(text).nullish(),
  sysctls: assignments.nullish(),
  devices: z.array(device).nullish(),
  device_cgroup_rules: z.array(text).nullish(),
  gpus: z.union([text.transform(() => [gpu.parse({})]), z.array(gpu)]).nullish(),
  runtime: text.nullish(),
  use_api_socket: flag.optional(),
  provider: z.object({ type: text.optional() }).nullish(),
  post_start: hooks,
  pre_stop: hooks,
});

/** A service with every short form written out. */
export type ComposeService = z.output<typeof serviceSchema>;

/** Tells whether a service has no container until somebody scales it. */
export function isIdle({ scale, deploy }: Pick<ComposeService, 'scale' | 'deploy'>): boolean {
  return /^0+$/.test(scale ?? deploy?.replicas ?? '');
}

/** Returns the number of containers of a service; 1 for one that says nothing that can be read. */
export function containersOf({ scale, deploy }: Pick<ComposeService, 'scale' | 'deploy'>): number {
  const number = Number(scale ?? deploy?.replicas ?? 1);
  return Number.isInteger(number) ? number : 1;
}
