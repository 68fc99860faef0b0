import { posix } from 'node:path';
import { boundFolder, splitShortVolume, withoutSlash } from '@bundle/compose';
import type { IConfigMap, IVolume, IVolumeMount } from 'kubernetes-models/v1';
import type { Application } from './application.ts';
import type { Claims } from './claims.ts';
import { filesMap, type MapFile, maxMapBytes } from './config-maps.ts';
import { type Definitions, type FileDefinition, isExternal } from './definitions.ts';
import { dockerDns, namesDockerDns } from './docker-dns.ts';
import type { Findings } from './findings.ts';
import { labelsOf } from './labels.ts';
import { dataKey, dnsLabel, shortHash } from './names.ts';
import { byteQuantity, sizeBytes } from './quantities.ts';
import type { KeyKind, SecretKeys } from './secret-keys.ts';
import { hasSecret, isSecretFile, looksSecret } from './secret-text.ts';
import type { FileUse, Service, VolumeEntry } from './service-schema.ts';

/** What the mounts of all services share. */
export interface MountContext {
  readonly application: Application;
  readonly definitions: Definitions;
  readonly claims: Claims;
  readonly secrets: SecretKeys;
  readonly findings: Findings;
  readonly lookup: (name: string) => string | undefined;
  /** ConfigMaps by name. */
  readonly maps: Map<string, IConfigMap>;
}

interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly subPath?: string;
  readonly size?: string;
  readonly path: readonly PropertyKey[];
}

/** Makes the volumes of a pod and the mounts of its container. */
export class PodMounts {
  readonly volumes: IVolume[] = [];
  readonly mounts: IVolumeMount[] = [];
  /** Whether the service keeps data in a claim. */
  hasClaim = false;
  readonly #name: string;
  readonly #label: string;
  readonly #context: MountContext;

  constructor(name: string, label: string, context: MountContext) {
    this.#name = name;
    this.#label = label;
    this.#context = context;
  }

  async add(service: Service): Promise<void> {
    const at = (key: string, index: number) => ['services', this.#name, key, index];
    const mounts = (service.volumes ?? []).map((entry, index) =>
      mountOf(entry, at('volumes', index)),
    );
    // A later one takes the place of an earlier one.
    const last = new Map(mounts.map((mount) => [posix.normalize(mount.target), mount]));
    for (const mount of last.values()) await this.#mount(mount);
    for (const entry of service.tmpfs ?? []) this.#tmpfs(entry);
    if (service.shm_size !== undefined) this.#memory('/dev/shm', service.shm_size);
    for (const [index, use] of (service.configs ?? []).entries()) {
      await this.#config(use, at('configs', index));
    }
    for (const [index, use] of (service.secrets ?? []).entries()) {
      this.#secret(use, at('secrets', index));
    }
  }

  async #mount(mount: Mount): Promise<void> {
    const { findings, definitions, claims } = this.#context;
    const { type, source, target, size, path } = mount;
    if (type === 'tmpfs') {
      this.#memory(target, size);
      return;
    }
    if (type === 'bind') {
      await this.#bind(mount);
      return;
    }
    if (type !== 'volume') {
      findings.notMapped(path, 'Kubernetes has no mount of this kind');
      return;
    }
    if (source === '') {
      this.#attach(mount, { emptyDir: {} });
      findings.changed(path, 'a volume without a name is gone with its pod');
      return;
    }
    const definition = definitions.volumes?.[source] ?? undefined;
    const folder = boundFolder(
      definition && {
        external: undefined,
        driver_opts: definition.driver_opts,
      },
    );
    if (folder !== undefined) {
      await this.#bind({ ...mount, source: folder });
      return;
    }
    const isOutside = definition !== undefined && isExternal(definition);
    if (!isOutside && (definition?.driver_opts || (definition?.driver ?? 'local') !== 'local')) {
      findings.changed(['volumes', source], 'the storage class decides how a claim is kept');
    }
    if (isOutside) findings.changed(['volumes', source], 'the claim has to exist already');
    const wanted = isOutside ? (definition?.name ?? source) : source;
    const claimName = claims.use(`volume ${source}`, wanted, this.#name, !isOutside);
    this.#claim(mount, claimName);
  }

  #claim(mount: Mount, claimName: string): void {
    this.hasClaim = true;
    this.#attach(mount, { persistentVolumeClaim: { claimName } });
  }

  async #bind(mount: Mount): Promise<void> {
    const { findings, application, claims } = this.#context;
    const { source, target, path } = mount;
    const inside = posix.normalize(source).replace(/^\.\//, '').replace(/\/+$/, '');
    if (/^[/~]/.test(source)) {
      const left = this.#leftOut(target);
      if (left?.was === 'image') return;
      findings.notMapped(path, 'it mounts a path of the host');
      return;
    }
    const files = application.manifest.files.filter(
      (file) => file.path === inside || inside === '.' || file.path.startsWith(`${inside}/`),
    );
    if (files.length > 0 && inside !== '.') {
      await this.#files(mount, inside, files);
      return;
    }
    const left = this.#leftOut(target);
    if (left?.was === 'image') return;
    if (left === undefined || left.was === 'file' || inside === '.') {
      findings.notMapped(path, 'the bundle does not have what it mounts');
      return;
    }
    findings.changed(path, 'a claim takes the place of this folder, and starts empty');
    const wanted = `${this.#label}-${posix.basename(inside)}`;
    this.#claim(mount, claims.use(`folder ${inside}`, wanted, this.#name));
  }

  #leftOut(target: string) {
    return this.#context.application.manifest.leftOut.find(
      (one) =>
        one.service === this.#name &&
        one.target !== undefined &&
        posix.normalize(one.target) === posix.normalize(target),
    );
  }

  async #files(
    mount: Mount,
    source: string,
    listed: readonly { path: string; size: number; executable?: true | undefined }[],
    fileMode?: number,
  ): Promise<void> {
    const { findings, application } = this.#context;
    const { path, readOnly } = mount;
    if (listed.reduce((sum, { size }) => sum + size, 0) > maxMapBytes) {
      findings.notMapped(path, 'it is larger than the 1 MiB that a ConfigMap holds');
      return;
    }
    const files: MapFile[] = [];
    for (const { path: file, executable } of listed) {
      const bytes = await application.read(file);
      const isFile = file === source;
      const relative = isFile ? posix.basename(file) : file.slice(source.length + 1);
      const mode = fileMode ?? (executable ? 0o755 : undefined);
      if (this.#isSecretFile(file) || looksSecret(bytes.toString('latin1'))) {
        if (!isFile) {
          findings.notMapped(path, 'a file in it is secret: mount it as a secret');
          return;
        }
        this.#secretFile(file, mount, 'file', mode);
        return;
      }
      if (namesDockerDns(bytes.toString('latin1'))) findings.changed(path, dockerDns);
      files.push({ path: relative, bytes, mode });
    }
    if (!readOnly) findings.changed(path, 'a ConfigMap is mounted read-only');
    this.#map(files, mount, listed.length === 1 && listed[0]?.path === source);
  }

  #map(files: readonly MapFile[], mount: Mount, isFile: boolean): void {
    const { application, maps } = this.#context;
    const name = dnsLabel(`${this.#label}-${posix.basename(mount.target) || 'files'}`);
    const unique = maps.has(name) ? dnsLabel(`${name}-${shortHash(mount.target)}`) : name;
    const { map, items } = filesMap(unique, labelsOf(application.manifest, this.#label), files);
    maps.set(unique, map);
    const only = items[0]?.path;
    this.#attach(
      { ...mount, readOnly: true, ...(isFile && only !== undefined ? { subPath: only } : {}) },
      { configMap: { name: unique, items } },
    );
  }

  #tmpfs(entry: string): void {
    const [target = '', options = ''] = entry.split(':');
    this.#memory(target, /(?:^|,)size=([^,]+)/.exec(options)?.[1]);
  }

  #memory(target: string, size: string | undefined): void {
    const bytes = size === undefined ? undefined : sizeBytes(size);
    const sizeLimit = bytes === undefined ? {} : { sizeLimit: byteQuantity(bytes) };
    this.#attach({ target, readOnly: false }, { emptyDir: { medium: 'Memory', ...sizeLimit } });
  }

  /** Tells whether a file is that of a secret of the Compose file, or is one by its name. */
  #isSecretFile(file: string): boolean {
    const { definitions } = this.#context;
    const isDefined = Object.values(definitions.secrets ?? {}).some(
      (one) => one !== null && pathOf(one) === file,
    );
    return isDefined || isSecretFile(file);
  }

  #owner({ uid, gid }: FileUse, path: readonly PropertyKey[]): void {
    const isRoot = [uid ?? '0', gid ?? '0'].every((id) => id === '0');
    if (!isRoot) this.#context.findings.changed(path, 'root is the owner of a mounted file');
  }

  async #config(use: FileUse, path: readonly PropertyKey[]): Promise<void> {
    const { source, target, mode } = use;
    this.#owner(use, path);
    const { definitions, findings, application, lookup } = this.#context;
    const definition = definitions.configs?.[source];
    const mount = { ...fileMount(target ?? `/${source}`, path), target: target ?? `/${source}` };
    if (!definition || isExternal(definition)) {
      const name = dnsLabel(definition?.name ?? source);
      findings.changed(path, 'the ConfigMap has to exist already');
      this.#attach({ ...mount, subPath: source }, { configMap: { name } });
      return;
    }
    const text =
      definition.content ?? (definition.environment ? lookup(definition.environment) : undefined);
    if (text !== undefined) {
      if (namesDockerDns(text)) findings.changed(path, dockerDns);
      if (hasSecret(text) || looksSecret(text)) this.#secretFile(source, mount, 'config', mode);
      else
        this.#map(
          [{ path: posix.basename(mount.target), bytes: Buffer.from(text), mode }],
          mount,
          true,
        );
      return;
    }
    const file = pathOf(definition);
    const listed = application.manifest.files.filter((one) => one.path === file);
    if (file === undefined || listed.length === 0) {
      findings.notMapped(path, 'the bundle does not have its file');
      return;
    }
    await this.#files(mount, file, listed, mode);
  }

  #secret(use: FileUse, path: readonly PropertyKey[]): void {
    const { source, target = source, mode } = use;
    this.#owner(use, path);
    const place = target.startsWith('/') ? target : `/run/secrets/${target}`;
    this.#secretFile(source, fileMount(place, path), 'secret', mode);
  }

  #secretFile(source: string, mount: Mount, kind: KeyKind, mode?: number): void {
    const { secrets } = this.#context;
    const key = secrets.use(dataKey(source), `${this.#name}: ${mount.target}`, kind);
    const path = posix.basename(mount.target);
    this.#attach(
      { ...mount, readOnly: true, subPath: path },
      {
        secret: {
          secretName: secrets.name,
          items: [{ key, path, ...(mode === undefined ? {} : { mode }) }],
        },
      },
    );
  }

  #attach(
    { target, readOnly, subPath }: Pick<Mount, 'target' | 'readOnly' | 'subPath'>,
    volume: Omit<IVolume, 'name'>,
  ): void {
    const mountPath = posix.join('/', withoutSlash(target));
    // A container has one mount at a path; as in Compose, `volumes` come first.
    if (this.mounts.some((one) => one.mountPath === mountPath)) return;
    const name = `volume-${this.volumes.length + 1}`;
    this.volumes.push({ name, ...volume });
    this.mounts.push({
      name,
      mountPath,
      ...(subPath === undefined ? {} : { subPath }),
      ...(readOnly ? { readOnly: true } : {}),
    });
  }
}

function fileMount(target: string, path: readonly PropertyKey[]): Mount {
  return { type: 'file', source: '', target, readOnly: true, path };
}

function pathOf({ file }: FileDefinition): string | undefined {
  return file ? posix.normalize(file).replace(/^\.\//, '') : undefined;
}

function mountOf(entry: VolumeEntry, path: readonly PropertyKey[]): Mount {
  if (typeof entry !== 'string') {
    const { type, source, target, read_only, volume, tmpfs } = entry;
    return {
      ...{ type, source: source ?? '', target, readOnly: read_only ?? false, path },
      ...(volume?.subpath ? { subPath: volume.subpath } : {}),
      ...(tmpfs?.size ? { size: tmpfs.size } : {}),
    };
  }
  const { source = '', target, mode = '' } = splitShortVolume(entry);
  const type = /^[./~]/.test(source) ? 'bind' : 'volume';
  return { type, source, target, readOnly: mode.split(',').includes('ro'), path };
}
