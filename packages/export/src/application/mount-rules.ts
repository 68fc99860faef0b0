import { isAtOrBelow, isEngineSocket, isHostOwn, type Mount, withoutSlash } from '@bundle/compose';
import { limits } from '@bundle/format';
import type { Compared } from './application.ts';
import { isOfProject, type ProjectPlaces } from './places.ts';

/** Facts about a mount's source on disk. */
export interface SourceFacts {
  readonly type: 'file' | 'folder' | 'missing' | 'special';
  readonly bytes: number;
  readonly files: number;
  readonly hasDockerfile: boolean;
  /** Name of a file that an application wrote: a database, a log, or an unknown binary file. */
  readonly written?: string;
}

// The container would see an empty folder instead of the image's own files.
const hides = 'it hides what the image has there, and is compared with that';

/** Tells whether a mount is left out only because the image should contain the same files. */
export function isSourceReason(reason: string | undefined): boolean {
  return reason?.endsWith(hides) === true;
}

const dataTarget =
  /^\/(?:var\/(?:lib|log|cache|backups?|spool)|data|backups?|uploads?|logs?|storage)(?:\/|$)/;
const dataName =
  /(?:^|[/_.-])(?:data|db|database|volumes?|uploads?|backups?|logs?|storage|cache|tmp)$/i;

export const hostOwnReason = 'the host’s own';

/** Tells whether the Compose file gives a mount's source as a path of the host rather than of the project. */
function isHostPath({ source }: Mount, places: ProjectPlaces, written: string): boolean {
  if (isAtOrBelow(source, places.projectDir)) return false;
  return /^[/~]/.test(written) || !isOfProject(places, source);
}

/**
 * Returns the reason why a mount is not packed, judged by its location; `written` is its source in the Compose file.
 */
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
      : 'outside the project: it has to exist on the offline host';
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
 * Returns the reason why a mount of the project is data rather than configuration, judged by its contents and use.
 * Anything too large for configuration is data; where a container can write, so is whatever is named, mounted or filled
 * like data.
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

/**
 * Returns the reason why source code is not packed after the comparison with the image; undefined for configuration.
 */
export function comparedReason(compared: Compared): string | undefined {
  switch (compared.result) {
    case 'nothing':
      return undefined;
    case 'same':
      return 'source code: the image has the same files, so the mount is taken out';
    case 'other':
      return `source code, and ${compared.path} differs or is missing in the image: build it again (--build), or pack the source with --include`;
  }
}

/**
 * Tells whether a mount is writable and named or mounted like data, so that its contents need not be read. `all`: every
 * mount of the project. What is mounted into a named volume is not the data there: somebody adds it to them.
 */
export function isLikeData(mount: Mount, all: readonly Mount[]): boolean {
  const { service, kind, readOnly, source, target } = mount;
  if (kind !== 'bind' || readOnly) return false;
  const isInVolume = all.some(
    (one) =>
      one.kind === 'volume' &&
      one.service === service &&
      one.target !== target &&
      isAtOrBelow(target, withoutSlash(one.target)),
  );
  return dataName.test(source) || (!isInVolume && dataTarget.test(target));
}
