import { relative, sep } from 'node:path';
import { limits } from '@bundle/format';
import type { ComposeProject } from './project.ts';

/** A file or folder of this machine that a service gets to see. */
export interface Mount {
  readonly service: string;
  /** Absolute. */
  readonly source: string;
  readonly kind: 'bind' | 'config' | 'secret';
  readonly readOnly: boolean;
  readonly target: string;
}

/** What is on disk at a mount's source. */
export interface SourceFacts {
  readonly type: 'file' | 'folder' | 'absent' | 'other';
  readonly bytes: number;
  readonly files: number;
  readonly hasDockerfile: boolean;
}

export function mountsOf(project: ComposeProject): Mount[] {
  return Object.entries(project.services).flatMap(([service, { volumes, configs, secrets }]) => [
    ...(volumes ?? []).flatMap(({ type, source, target, read_only }): Mount[] =>
      type === 'bind' && source !== undefined
        ? [{ service, source, kind: 'bind', readOnly: read_only === true, target }]
        : [],
    ),
    ...fileSources(configs, project.configs).map(
      (source): Mount => ({ service, source, kind: 'config', readOnly: true, target: source }),
    ),
    ...fileSources(secrets, project.secrets).map(
      (source): Mount => ({ service, source, kind: 'secret', readOnly: true, target: source }),
    ),
  ]);
}

function fileSources(
  uses: readonly { source?: string | undefined }[] | undefined,
  definitions: Record<string, { file?: string | undefined }> | undefined,
): string[] {
  return (uses ?? []).flatMap(({ source }) => definitions?.[source ?? '']?.file ?? []);
}

/** Path inside the project folder with `/` between segments, or undefined for what lies outside. */
export function insideProject(projectDir: string, path: string): string | undefined {
  const inside = relative(projectDir, path).split(sep).join('/');
  return inside === '' || inside === '..' || inside.startsWith('../') || inside.startsWith('/')
    ? undefined
    : inside;
}

const dataTargets = /^\/(?:var\/(?:lib|log|cache|backups?)|data|backups?|uploads?|logs?|storage)\b/;
const dataNames =
  /(?:^|[/_.-])(?:data|db|database|volumes?|uploads?|backups?|logs?|storage|cache|tmp)$/i;

/**
 * Why a mount is not packed, or undefined for configuration, which is. Packed: single files, and folders that are
 * small and do not look like data. Data: writable and named or mounted like it, or larger than configuration is.
 */
export function leftOutReason(
  mount: Mount,
  facts: SourceFacts,
  projectDir: string,
  buildContexts: readonly string[],
): string | undefined {
  const inside = insideProject(projectDir, mount.source);
  if (mount.kind === 'secret') return 'a secret: bring it to the offline host by itself';
  if (/\/(?:docker|containerd|podman)\.sock$/.test(mount.source)) return 'the engine’s own socket';
  if (mount.source === projectDir) return 'the whole project folder';
  if (inside === undefined) return 'it lies outside the project folder';
  if (facts.type === 'other') return 'it is neither a regular file nor a folder';
  if (facts.type === 'absent') return 'it is not there; the engine makes an empty folder of it';
  if (facts.bytes > limits.maxConfigFileBytes) {
    return `${facts.bytes} bytes, more than the ${limits.maxConfigFileBytes} that configuration may have`;
  }
  if (facts.type === 'file') return undefined;
  if (facts.hasDockerfile || buildContexts.some((context) => isAtOrBelow(context, mount.source))) {
    return 'a source folder that an image is built from; the image has its contents';
  }
  if (facts.files > limits.maxConfigFiles)
    return `${facts.files} files, too many for configuration`;
  if (!mount.readOnly && (dataTargets.test(mount.target) || dataNames.test(mount.source))) {
    return 'a data folder (writable, and named or mounted like one)';
  }
  return undefined;
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}
