import type { ComposeRequest, ComposeTool, OneRun, Runtime } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import { z } from 'zod';

const words = z.union([z.string().transform((text) => text.split(/\s+/)), z.array(z.string())]);
const mount = z.looseObject({
  type: z.string(),
  source: z.string().optional(),
  target: z.string(),
  read_only: z.boolean().optional(),
  bind: z.looseObject({ create_host_path: z.boolean().optional() }).nullish(),
});
const serviceSchema = z.looseObject({
  image: z.string(),
  command: words.nullish(),
  hostname: z.string().optional(),
  container_name: z.string().optional(),
  extra_hosts: z.array(z.string()).nullish(),
  environment: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable())
    .nullish(),
  volumes: z.array(mount).nullish(),
  configs: z.array(z.looseObject({ source: z.string(), target: z.string().optional() })).nullish(),
  secrets: z.array(z.looseObject({ source: z.string(), target: z.string().optional() })).nullish(),
  networks: z
    .record(
      z.string(),
      z
        .looseObject({
          aliases: z.array(z.string()).nullish(),
          ipv4_address: z.string().optional(),
          ipv6_address: z.string().optional(),
        })
        .nullable(),
    )
    .nullish(),
  network_mode: z.string().optional(),
  healthcheck: z.looseObject({ disable: z.boolean().optional() }).nullish(),
  ports: z
    .array(
      z.looseObject({
        published: z.string().optional(),
        host_ip: z.string().optional(),
        protocol: z.string().optional(),
        target: z.unknown(),
      }),
    )
    .nullish(),
});
const fileSources = z
  .record(z.string(), z.looseObject({ file: z.string().optional() }).nullable())
  .nullish();
const projectSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.looseObject({ name: z.string() }).nullable()).nullish(),
  configs: fileSources,
  secrets: fileSources,
});
/** A release as Compose would start it: all variables filled in. */
export type ResolvedProject = z.output<typeof projectSchema>;

/** Fails with `compose-invalid` and Compose's own words. */
export async function resolveProject(
  compose: ComposeTool,
  request: ComposeRequest,
): Promise<ResolvedProject> {
  const parsed = projectSchema.safeParse(await compose.config(request, { interpolate: true }));
  if (parsed.success) return parsed.data;
  throw new BundleError('compose-invalid', {
    operation: 'reading the Compose project',
    subject: request.files.join(', '),
    found: parsed.error.issues
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; '),
    hint: 'See `docker compose config` in the folder of the release.',
  });
}

const nginxFolder = '/etc/nginx';

/** Services that get nginx configuration from files of the release. */
export function nginxServices({ services }: ResolvedProject): string[] {
  return Object.entries(services)
    .filter(([, { volumes, configs }]) =>
      [...(volumes ?? []), ...(configs ?? [])].some(({ target }) => isBelow(target, nginxFolder)),
    )
    .map(([name]) => name);
}

/**
 * `nginx -t` in the carried image, with the files and settings of the release and no network; the names of the
 * application's services lead nowhere but can be looked up. Fails with `config-check-failed`.
 */
export async function checkNginx(
  runtime: Runtime,
  project: ResolvedProject,
  existingVolumes: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  for (const name of nginxServices(project)) {
    const service = project.services[name];
    if (service === undefined) continue;
    const { exitCode, output } = await runtime.run(
      {
        image: service.image,
        ...nginxCommand(service),
        environment: Object.entries(service.environment ?? {}).map(
          ([key, value]) => `${key}=${value ?? ''}`,
        ),
        mounts: mountsOf(project, service, existingVolumes),
        hosts: namesOf(project),
      },
      signal,
    );
    if (exitCode === 0) continue;
    throw new BundleError('config-check-failed', {
      operation: 'checking the nginx configuration of service',
      subject: name,
      expected: '`nginx -t` accepts it',
      found: output.trim().split(/\r?\n/).slice(-8).join('\n'),
      hint: 'The running release was not touched. Get a bundle with this file mended; or mend it in the release’s folder and run `bundle up` again.',
    });
  }
}

type Service = ResolvedProject['services'][string];

/** Templates are filled in by the image's own entrypoint; otherwise nginx is called by itself. */
function nginxCommand({ command, volumes }: Service): { entrypoint?: string[]; command: string[] } {
  const [first = '', ...rest] = command ?? [];
  const flags = first.endsWith('nginx') ? rest : [];
  const hasTemplates = volumes?.some(({ target }) => isBelow(target, `${nginxFolder}/templates`));
  return hasTemplates
    ? { command: ['nginx', ...flags, '-t'] }
    : { entrypoint: ['nginx'], command: [...flags, '-t'] };
}

type Mount = OneRun['mounts'][number];

function mountsOf(
  { volumes, configs, secrets }: ResolvedProject,
  service: Service,
  existing: ReadonlySet<string>,
): OneRun['mounts'] {
  const own = (service.volumes ?? []).flatMap(({ type, source = '', target }): Mount[] => {
    if (type === 'bind') return [{ type, source, target }];
    const volume = volumes?.[source]?.name ?? source;
    // A volume that is not there yet would be made by the check.
    return type === 'volume' && existing.has(volume) ? [{ type, source: volume, target }] : [];
  });
  const files = [
    ...(service.configs ?? []).map((use) => ({
      ...use,
      file: configs?.[use.source]?.file,
      folder: '/',
    })),
    ...(service.secrets ?? []).map((use) => ({
      ...use,
      file: secrets?.[use.source]?.file,
      folder: '/run/secrets/',
    })),
  ].flatMap(({ source, target = source, file, folder }) =>
    file === undefined
      ? []
      : [
          {
            type: 'bind' as const,
            source: file,
            target: target.startsWith('/') ? target : `${folder}${target}`,
          },
        ],
  );
  return [...own, ...files];
}

function namesOf({ services }: ResolvedProject): string[] {
  const names = Object.entries(services).flatMap(([name, service]) => [
    name,
    ...[service.hostname, service.container_name].filter((one) => one !== undefined),
    ...(service.extra_hosts ?? []).map((host) => host.split(/[:=]/)[0] ?? ''),
    ...Object.values(service.networks ?? {}).flatMap((network) => network?.aliases ?? []),
  ]);
  return [...new Set(names.filter((name) => name !== ''))];
}

function isBelow(path: string | undefined, folder: string): boolean {
  return path === folder || path?.startsWith(`${folder}/`) === true;
}
