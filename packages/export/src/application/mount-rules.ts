import { isAtOrBelow, isEngineSocket, isHostOwn, type Mount } from '@bundle/compose';
import { limits } from '@bundle/format';
import type { Compared } from './application.ts';
import { isOfProject, type ProjectPlaces } from './places.ts';

/** What is on disk at a mount's source. */
export interface SourceFacts {
  readonly type: 'file' | 'folder' | 'missing' | 'special';
  readonly bytes: number;
  readonly files: number;
  readonly hasDockerfile: boolean;
  /** A file that an application wrote: a database, a log, or something binary of no known kind. */
  readonly written?: string;
}

// An empty folder over the image's own files would be all that the container sees.
const hides = 'it hides what the image has there, and is compared with that';

/** Whether a mount is left out only because the image should have the same. */
export function isSourceReason(reason: string | undefined): boolean {
  return reason?.endsWith(hides) === true;
}

const dataTarget =
  /^\/(?:var\/(?:lib|log|cache|backups?|spool)|data|backups?|uploads?|logs?|storage)(?:\/|$)/;
const dataName =
  /(?:^|[/_.-])(?:data|db|database|volumes?|uploads?|backups?|logs?|storage|cache|tmp)$/i;

export const hostOwnReason = 'the host’s own';

/** Whether the Compose file says where a mount lies by a path of the host, and not of the project. */
function isHostPath({ source }: Mount, places: ProjectPlaces, written: string): boolean {
  if (isAtOrBelow(source, places.projectDir)) return false;
  return /^[/~]/.test(written) || !isOfProject(places, source);
}

/** Why a mount is not packed, as far as its place says; `written` is its source as the Compose file has it. */
export function placeReason(
  mount: Mount,
  places: ProjectPlaces,
  written: string,
): string | undefined {
  const { kind, source } = mount;
  if (kind === 'volume') return 'a named volume: its data stays on this host';
  if (kind === 'secret') return 'a secret: bring it to the offline host by itself';
  if (isEngineSocket(source)) return 'the engine’s own socket';
  if (isHostOwn(source)) return hostOwnReason;
  if (isHostPath(mount, places, written)) {
    return /^\.\.?(?:\/|$)/.test(written)
      ? 'outside the project: bring it to the offline host, or name the project with --project-root'
      : 'outside the project: it has to be on the offline host';
  }
  if (source === places.projectDir || isAtOrBelow(places.projectDir, source)) {
    return `the whole project folder: ${hides}`;
  }
  if (kind === 'bind' && places.buildContexts.some((context) => isAtOrBelow(context, source))) {
    return `source code that an image is built from: ${hides}`;
  }
  return undefined;
}

/**
 * Why a mount of the project is data and not configuration, as far as its content and its use say. Data is what is larger
 * than configuration gets; where a container can write, also what is named, mounted or filled like data.
 */
export function contentReason(mount: Mount, facts: SourceFacts): string | undefined {
  const { type, bytes, files, written } = facts;
  const writable = mount.kind === 'bind' && !mount.readOnly;
  if (type === 'special') return 'a socket or device of this host';
  if (type === 'missing') return 'not there: it starts as an empty folder';
  if (bytes > limits.maxConfigFileBytes) {
    return `data: ${bytes} bytes, more than the ${limits.maxConfigFileBytes} of configuration`;
  }
  if (files > limits.maxConfigFiles) return `data: more than ${limits.maxConfigFiles} files`;
  if (type === 'folder' && facts.hasDockerfile) {
    return `source code that an image is built from: ${hides}`;
  }
  if (!writable) return undefined;
  if (written !== undefined) return `data: writable, with ${written} in it`;
  if (type === 'file') return undefined;
  return files === 0 ? 'data: a writable folder that is empty here' : undefined;
}

/** Why source code is not packed, once it is compared with the image; undefined where it is configuration. */
export function comparedReason(compared: Compared): string | undefined {
  switch (compared.result) {
    case 'nothing':
      return undefined;
    case 'same':
      return 'source code: the image has the same files, so the mount is taken out';
    case 'other':
      return `source code, and the image has another ${compared.path} or none: build it again (--build), or name it with --include`;
  }
}

/** Whether a container writes to a mount that is called or mounted as data is; what it holds need not be read. */
export function isLikeData({ kind, readOnly, source, target }: Mount): boolean {
  return kind === 'bind' && !readOnly && (dataTarget.test(target) || dataName.test(source));
}
