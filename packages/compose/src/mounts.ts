import { relative, sep } from 'node:path';
import type { ComposeProject } from './project.ts';

/** Something of this machine that a service gets to see. */
export interface Mount {
  readonly service: string;
  readonly kind: 'bind' | 'volume' | 'config' | 'secret';
  /** Absolute path, with its variables filled in: never shown. Of a volume, its name. */
  readonly source: string;
  /** Path in the container; of a config or secret, its name in the project. */
  readonly target: string;
  readonly readOnly: boolean;
  /** The engine makes an empty folder where the source is not there. */
  readonly created: boolean;
}

export function mountsOf(project: ComposeProject): Mount[] {
  return Object.entries(project.services).flatMap(([service, definition]) => [
    ...(definition.volumes ?? []).flatMap(({ type, source, target, read_only, bind }): Mount[] => {
      if (source === undefined || (type !== 'bind' && type !== 'volume')) return [];
      const readOnly = read_only === true;
      const created = bind?.create_host_path === true;
      return [{ service, kind: type, source, target, readOnly, created }];
    }),
    ...fileMounts(service, 'config', definition.configs, project.configs),
    ...fileMounts(service, 'secret', definition.secrets, project.secrets),
  ]);
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

/** Path inside the project folder with `/` between segments, or undefined for what lies outside. */
export function insideProject(projectDir: string, path: string): string | undefined {
  const inside = relative(projectDir, path).split(sep).join('/');
  const isOutside =
    inside === '' || inside === '..' || inside.startsWith('../') || inside.startsWith('/');
  return isOutside ? undefined : inside;
}

/** Whether a path is a folder, or lies in it. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

export function isEngineSocket(path: string): boolean {
  return /\/(?:docker|containerd|podman|buildkitd|crio)\.sock$/.test(path);
}
