import type { ComposeService, ResolvedProject } from '@bundle/compose';
import type { OneRun, Runtime } from '@bundle/engine';
import { BundleError } from '@bundle/format';

const nginxFolder = '/etc/nginx';

/** Milliseconds for one check, which takes nginx less than a second. */
const longestCheck = 20_000;

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
 * application's services lead nowhere but can be looked up. Fails with `config-check-failed`. An image without nginx, or whose
 * entrypoint runs something else, is passed over.
 */
export async function checkNginx(
  runtime: Runtime,
  project: ResolvedProject,
  existingVolumes: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  for (const name of nginxServices(project)) {
    const service = project.services[name];
    if (!service?.image) continue;
    const request: OneRun = {
      project: project.name,
      image: service.image,
      ...nginxCommand(service),
      environment: Object.entries(service.environment ?? {}).map(
        ([key, value]) => `${key}=${value ?? ''}`,
      ),
      mounts: mountsOf(project, service, existingVolumes),
      hosts: namesOf(project),
    };
    const { exitCode, output } = await runInTime(runtime, request, signal);
    // 127: a service without nginx that reads nginx's files, such as an exporter.
    if (exitCode === 0 || exitCode === 127) continue;
    throw new BundleError('config-check-failed', {
      operation: 'checking the nginx configuration of service',
      subject: name,
      expected: '`nginx -t` accepts it',
      found: output.trim().split(/\r?\n/).slice(-8).join('\n'),
      hint: 'The running release was not touched. Import a bundle with the fixed file, or fix it in the release’s folder and run `bundle up` again.',
    });
  }
}

/** An entrypoint that runs something else than it is told would never end. It says nothing of the configuration: 0. */
async function runInTime(
  runtime: Runtime,
  request: OneRun,
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  const limit = AbortSignal.timeout(longestCheck);
  try {
    return await runtime.run(request, AbortSignal.any([signal, limit]));
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error;
    return { exitCode: 0, output: '' };
  }
}

/** Templates are filled in by the image's own entrypoint; otherwise nginx is called by itself. */
function nginxCommand({ command, volumes }: ComposeService): {
  entrypoint?: string[];
  command: string[];
} {
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
  service: ComposeService,
  existing: ReadonlySet<string>,
): OneRun['mounts'] {
  const own = (service.volumes ?? []).flatMap(({ type, source = '', target }): Mount[] => {
    if (type === 'bind') return [{ type, source, target }];
    const volume = volumes?.[source]?.name ?? source;
    // The check would create a volume that does not exist yet.
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
    !file
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
