import { insideProject, isAtOrBelow, isEngineSocket, type Mount } from '@bundle/compose';
import { limits } from '@bundle/format';

/** What is on disk at a mount's source. */
export interface SourceFacts {
  readonly type: 'file' | 'folder' | 'missing' | 'special';
  readonly bytes: number;
  readonly files: number;
  readonly hasDockerfile: boolean;
  /** Some file is not text; determined for writable mounts only. */
  readonly hasBinary: boolean;
}

export interface ProjectPlaces {
  readonly projectDir: string;
  /** Folders that images are built from, absolute. */
  readonly buildContexts: readonly string[];
}

// An empty folder over the image's own files would be all that the container sees.
const hides = 'take this mount out for the offline host, or it hides what the image has there';

const dataTarget =
  /^\/(?:var\/(?:lib|log|cache|backups?|spool)|data|backups?|uploads?|logs?|storage)(?:\/|$)/;
const dataName =
  /(?:^|[/_.-])(?:data|db|database|volumes?|uploads?|backups?|logs?|storage|cache|tmp)$/i;

/** Why a mount is not packed, as far as its place says; `written` is its source as the Compose file has it. */
export function placeReason(
  mount: Mount,
  { projectDir, buildContexts }: ProjectPlaces,
  written: string,
): string | undefined {
  const { kind, source } = mount;
  if (kind === 'volume') return 'a named volume: its data stays on this host';
  if (kind === 'secret') return 'a secret: bring it to the offline host by itself';
  if (isEngineSocket(source)) return 'the engine’s own socket';
  if (source === projectDir) return `the whole project folder: ${hides}`;
  if (insideProject(projectDir, source) === undefined) {
    return `outside the project folder: ${written} has to be on the offline host`;
  }
  if (kind === 'bind' && buildContexts.some((context) => isAtOrBelow(context, source))) {
    return `source code that an image is built from: ${hides}`;
  }
  return undefined;
}

/**
 * Why a mount inside the project is data and not configuration, as far as its content says. Configuration is packed:
 * single files, and folders that are small and that nobody writes data to. Data is what is larger than
 * configuration gets, and what is writable and named, mounted or filled like data.
 */
export function contentReason(mount: Mount, facts: SourceFacts): string | undefined {
  const { type, bytes, files } = facts;
  const writable = mount.kind === 'bind' && !mount.readOnly;
  if (type === 'special') return 'a socket or device of this host';
  if (type === 'missing') return 'not there: the engine makes an empty folder of it';
  if (bytes > limits.maxConfigFileBytes) {
    return `data: ${bytes} bytes, more than the ${limits.maxConfigFileBytes} of configuration`;
  }
  if (files > limits.maxConfigFiles) return `data: more than ${limits.maxConfigFiles} files`;
  if (type === 'folder' && facts.hasDockerfile) {
    return `source code that an image is built from: ${hides}`;
  }
  if (!writable) return undefined;
  if (facts.hasBinary) return 'data: writable, and not all of it is text';
  if (type === 'file') return undefined;
  if (files === 0) return 'data: a writable folder that is empty here';
  return dataTarget.test(mount.target) || dataName.test(mount.source)
    ? 'data: a writable folder, named or mounted like data'
    : undefined;
}
