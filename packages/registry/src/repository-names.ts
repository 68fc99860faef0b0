import { parseReference, registryComponent } from '@bundle/format';

/** The repositories that offer an image. Valid names: distribution-spec, "Pulling manifests". */
export interface RepositoryNames {
  readonly tag: string;
  /** Where `_catalog` lists it: `nginx`, `ghcr.io/a/b`. */
  readonly listed: string;
  /** Names that mean only this image: `nginx`, `library/nginx`, `docker.io/library/nginx`; `ghcr.io/a/b`. */
  readonly own: readonly string[];
  /** The path without its registry, `a/b`, where no image owns that name. */
  readonly short?: string;
}

const pattern =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const maxNameLength = 255;

export function isRepositoryName(name: string): boolean {
  return name.length <= maxNameLength && pattern.test(name);
}

/** Undefined when the reference has no tag or no name that a registry could serve. */
export function repositoryNames(reference: string): RepositoryNames | undefined {
  const { name, tag } = parseReference(reference) ?? {};
  if (name === undefined || tag === undefined) return undefined;
  const slash = name.indexOf('/');
  const path = name.slice(slash + 1);
  const full = `${registryComponent(name.slice(0, slash))}/${path}`;
  const familiar = path.replace(/^library\//, '');
  const names = name.startsWith('docker.io/')
    ? { listed: familiar, own: [...new Set([familiar, path, full])] }
    : { listed: full, own: [full], short: path };
  return names.own.every(isRepositoryName) ? { tag, ...names } : undefined;
}
