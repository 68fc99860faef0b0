import { relative, sep } from 'node:path';
import type { ComposeProject } from './project.ts';
import type { ComposeService } from './service.ts';

/** Something on this machine that a service has access to. */
export interface Mount {
  readonly service: string;
  readonly kind: 'bind' | 'volume' | 'config' | 'secret';
  /** Absolute path with its variables filled in, so never shown. For a volume, its name. */
  readonly source: string;
  /** Path in the container; for a config or secret, its name in the project. */
  readonly target: string;
  readonly readOnly: boolean;
  /** Whether the engine creates an empty folder if the source does not exist. */
  readonly created: boolean;
  /** Options of a bind mount besides that; absent without any. */
  readonly bindOptions?: BindOptions;
  /** Set where SELinux does not confine the container, whatever labels its files have. */
  readonly isUnconfined?: true;
  /** Name of the volume, for a named volume that is bound to the folder `source`. */
  readonly volume?: string;
}

/** Options of a bind mount in the words of Compose, such as `propagation`. */
export interface BindOptions {
  /** Label that the engine gives the source: `z` for all containers, `Z` for this one. */
  readonly selinux?: string | undefined;
  readonly [option: string]: unknown;
}

export function mountsOf(project: ComposeProject): Mount[] {
  return Object.entries(project.services).flatMap(([service, definition]) => [
    ...(definition.volumes ?? []).flatMap(({ type, source, target, read_only, bind }): Mount[] => {
      if (source === undefined || (type !== 'bind' && type !== 'volume')) return [];
      const readOnly = read_only === true;
      const { create_host_path, ...bindOptions } = bind ?? {};
      const created = create_host_path === true;
      const more = {
        ...(Object.keys(bindOptions).length > 0 ? { bindOptions } : {}),
        ...(isUnconfined(definition) ? { isUnconfined: true as const } : {}),
      };
      const folder = type === 'volume' ? boundFolder(project.volumes?.[source]) : undefined;
      return folder === undefined
        ? [{ service, kind: type, source, target, readOnly, created, ...more }]
        : [{ service, kind: 'bind', source: folder, target, readOnly, created, volume: source }];
    }),
    ...fileMounts(service, 'config', definition.configs, project.configs),
    ...fileMounts(service, 'secret', definition.secrets, project.secrets),
  ]);
}

/** Returns the folder that a named volume is bound to; undefined for one that the engine keeps. */
export function boundFolder(
  volume: NonNullable<ComposeProject['volumes']>[string] | undefined,
): string | undefined {
  const { device, o = '', type } = volume?.driver_opts ?? {};
  const isBound = type === 'none' || /(?:^|,)r?bind(?:,|$)/.test(o);
  return isBound && device ? device : undefined;
}

function isUnconfined({ privileged, security_opt }: ComposeService): boolean {
  const options = security_opt ?? [];
  return (
    privileged === true || options.some((one) => /^label[:=](?:disable|type:spc_t)$/.test(one))
  );
}

function fileMounts(
  service: string,
  kind: 'config' | 'secret',
  uses: readonly { source?: string | undefined }[] | null | undefined,
  definitions: ComposeProject['configs'],
): Mount[] {
  return (uses ?? []).flatMap(({ source: target = '' }) => {
    const source = definitions?.[target]?.file;
    return source ? [{ service, kind, source, target, readOnly: true, created: false }] : [];
  });
}

/** Returns a path relative to the project folder, with `/` between segments; undefined for a path outside. */
export function insideProject(projectDir: string, path: string): string | undefined {
  const inside = relative(projectDir, path).split(sep).join('/');
  const isOutside =
    inside === '' || inside === '..' || inside.startsWith('../') || inside.startsWith('/');
  return isOutside ? undefined : inside;
}

/** Drops the slash at the end of a path: Compose takes `/x/` for `/x`. */
export function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

/** Tells whether a path is this folder or inside it. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

export function isEngineSocket(path: string): boolean {
  return /\/(?:docker|containerd|podman|buildkitd|crio)\.sock$/.test(path);
}
