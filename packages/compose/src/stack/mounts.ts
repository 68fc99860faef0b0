import { type Fields, fieldsOf, isEmpty, listOf, pick } from './documents.ts';

/** A file that goes to the nodes with the stack. */
export interface MountedFile {
  /** Name of the config, which holds a digest of the content: a config never changes. */
  readonly name: string;
  /** File on this manager to read it from. */
  readonly file: string;
  /** Permissions in the container, such as 0o644. */
  readonly mode: number;
  /** Path below the mounted folder; empty for a mounted file. */
  readonly path: string;
}

/** What the sources of bind mounts are, by their path on this manager. */
export interface MountedFiles {
  /** Files, and folders of files, that every node gets. */
  readonly files: ReadonlyMap<string, readonly MountedFile[]>;
  /** Paths that exist on this manager only. */
  readonly here: ReadonlySet<string>;
  /** ID of the node that has them. */
  readonly node: string;
}

interface StackMounts {
  readonly volumes: readonly Fields[];
  readonly configs: readonly Fields[];
  readonly secrets: readonly Fields[];
  readonly constraints: readonly string[];
  /** Fields without an equivalent. */
  readonly dropped: readonly string[];
}

/** Converts the mounts of a service: files of the release become configs, which Swarm brings to each node. */
export function stackMounts(service: Fields, { files, here, node }: MountedFiles): StackMounts {
  const volumes: Fields[] = [];
  const configs = listOf(service['configs']).map(stackFile);
  const dropped: string[] = [];
  let isBound = false;
  for (const volume of listOf(service['volumes']).map(fieldsOf)) {
    const source = String(volume['source'] ?? '');
    const found = volume['type'] === 'bind' ? files.get(source) : undefined;
    if (found === undefined) {
      dropped.push(...droppedOf(volume));
      if (volume['type'] !== 'image') volumes.push(stackVolume(volume));
      isBound ||= volume['type'] === 'bind' && here.has(source);
      continue;
    }
    const target = String(volume['target']).replace(/\/+$/, '');
    for (const { name, path, mode } of found) {
      configs.push({ source: name, target: path === '' ? target : `${target}/${path}`, mode });
    }
  }
  return {
    volumes,
    configs,
    secrets: listOf(service['secrets']).map(stackFile),
    constraints: isBound ? [`node.id == ${node}`] : [],
    dropped,
  };
}

function droppedOf(volume: Fields): string[] {
  const place = `volumes ${String(volume['target'])}`;
  if (volume['type'] === 'image') return [place];
  return [
    ['bind', 'selinux'],
    ['bind', 'recursive'],
    ['tmpfs', 'mode'],
  ].flatMap(([kind = '', name = '']) =>
    isEmpty(fieldsOf(volume[kind])[name]) ? [] : [`${place} ${kind}.${name}`],
  );
}

function stackVolume(volume: Fields): Fields {
  return {
    ...pick(volume, ['type', 'source', 'target', 'read_only']),
    ...nested(volume, 'bind', ['propagation']),
    ...nested(volume, 'volume', ['nocopy', 'subpath']),
    ...nested(volume, 'tmpfs', ['size']),
  };
}

function nested(volume: Fields, name: string, names: readonly string[]): Fields {
  const kept = pick(fieldsOf(volume[name]), names);
  return Object.keys(kept).length === 0 ? {} : { [name]: kept };
}

/** Converts the use of a config or a secret; Compose writes the mode as text, such as "0444". */
function stackFile(use: unknown): Fields {
  const all = fieldsOf(typeof use === 'string' ? { source: use } : use);
  const { mode } = all;
  return {
    ...pick(all, ['source', 'target', 'uid', 'gid']),
    ...(mode === undefined || mode === null
      ? {}
      : { mode: typeof mode === 'string' ? Number.parseInt(mode, 8) : mode }),
  };
}
