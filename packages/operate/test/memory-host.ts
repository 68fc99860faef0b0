// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import {
  access,
  constants,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BundleManifest, bundleManifestSchema, digestOf } from '@bundle/format';
import { instanceOf, placesOf, readInstance, releaseName, requestFor } from '@bundle/host';
import {
  type Behaviour,
  hostArchitecture,
  imageArchive,
  layerOf,
  loadImage,
  type MemoryContainer,
  MemoryWorld,
  memoryTools,
  type WorldData,
} from '@bundle/testkit';
import { bringUp } from '../src/up/bring-up.ts';
import type { BringUpOptions, UpReport } from '../src/up/types.ts';

export const product = 'shop';
const image = 'shop/web:1';
const volume = `${product}_data`;
const never = new AbortController().signal;

const compose = `name: ${product}
services:
  web:
    image: ${image}
    environment: {LEVEL: "\${LEVEL:-low}"}
    env_file: [web.env]
    volumes: ["data:/data", "./page.html:/page.html:ro"]
  side:
    image: ${image}
    environment: {LEVEL: "\${LEVEL:-low}"}
    healthcheck: {test: "true"}
    deploy: {update_config: {order: start-first}}
volumes: {data: {}}
`;

/** Result of a run on such a host. */
export type Ending =
  | { readonly kind: 'done'; readonly report: UpReport }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'killed'; readonly at: string };

/** Snapshot of a host. */
export interface Snapshot {
  readonly folder: string;
  readonly data: WorldData;
}

/**
 * A host with releases of a small application on an engine in memory. `web` writes the running version into its volume.
 * It is unhealthy with LEVEL=bad or SIZE=bad, and always in release 3.0. In a Compose file that a test brings, `worker`
 * runs without a health check, and `job` ends well.
 */
export class MemoryHost {
  readonly work: string;
  readonly stateDir: string;
  readonly world: MemoryWorld;
  readonly tools: ReturnType<typeof memoryTools>;
  readonly #versions = new Map<string, string>();
  /** Whether nothing becomes healthy any more. */
  isBroken = false;
  /** Time that `web` takes to become healthy. */
  healthAfterMs = 0;
  /** Called for each event of a run; if it throws, that change of the engine fails with the error. */
  onEvent: (what: string) => Promise<void> = async () => undefined;
  /** Names of releases by version. */
  readonly names = new Map<string, string>();

  constructor(work: string) {
    this.work = work;
    this.stateDir = join(work, 'state');
    this.world = new MemoryWorld((container, data) => this.#behave(container, data));
    this.tools = memoryTools(this.world);
  }

  static async make(): Promise<MemoryHost> {
    return new MemoryHost(await mkdtemp(join(await quickFolder(), 'memory-host-')));
  }

  get root(): string {
    return join(this.stateDir, product);
  }

  folderOf(version: string): string {
    return join(this.root, 'releases', this.names.get(version) ?? '');
  }

  #behave({ service, imageId, environment }: MemoryContainer, { volumes }: WorldData): Behaviour {
    const version = this.#versions.get(imageId) ?? '';
    const { LEVEL, SIZE } = environment;
    if (service === 'side') return { health: 'healthy' };
    if (service === 'worker') return {};
    if (service === 'job') return { exitCode: 0 };
    const isBad = this.isBroken || version === '3.0' || LEVEL === 'bad' || SIZE === 'bad';
    const before = volumes[volume]?.entries.find(({ path }) => path === 'log')?.content ?? '';
    const log = before.endsWith(`${version}\n`) ? before : `${before}${version}\n`;
    const file = { path: 'log', type: 'File', mode: 0o644, uid: 1, gid: 2, content: log } as const;
    const health = isBad ? 'unhealthy' : 'healthy';
    return { health, healthAfterMs: this.healthAfterMs, writes: { [volume]: [file] } };
  }

  /** Stages a release and puts its image onto the engine, as an import does. */
  async stage(version: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
    const made = imageArchive(image, ['base', `web ${version}`].map(layerOf));
    await loadImage(this.tools.engine, made);
    this.#versions.set(made.configDigest, version);
    const files: Readonly<Record<string, string>> = {
      'docker-compose.yml': compose,
      'compose.offline.yml': 'services: {web: {pull_policy: never}}\n',
      'env.example': 'LEVEL=low\n',
      'web.env.example': 'SIZE=1\n',
      'page.html': `page of ${version}\n`,
      ...more,
    };
    const manifest: BundleManifest = bundleManifestSchema.parse({
      schemaVersion: 1,
      product,
      version,
      created: '2026-01-01T00:00:00Z',
      platform: { os: 'linux', architecture: hostArchitecture },
      sizes: { stored: 0, unpacked: 0 },
      images: [
        {
          reference: image,
          services: ['side', 'web'],
          imageId: made.configDigest,
          topDigest: made.manifestDigest,
          manifestDigest: made.manifestDigest,
          platform: { os: 'linux', architecture: hostArchitecture },
          layers: made.diffIds.map((diffId) => ({
            digest: diffId,
            mediaType: 'application/vnd.oci.image.layer.v1.tar',
            size: 2048,
            diffId,
          })),
        },
      ],
      envFiles: [
        { path: '.env', example: 'env.example' },
        { path: 'web.env', example: 'web.env.example' },
      ],
      leftOut: [],
      files: Object.entries(files).map(([path, text]) => ({
        path,
        size: text.length,
        sha256: digestOf(text).slice('sha256:'.length),
      })),
    });
    const text = JSON.stringify(manifest);
    this.names.set(version, releaseName(manifest, digestOf(text)));
    for (const [path, content] of Object.entries({ ...files, 'bundle.json': text })) {
      const file = join(this.folderOf(version), path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }

  /** Runs to the end, or to the event with this number, where it stops as if killed. */
  async run(options: Partial<BringUpOptions> = {}, killAt = Number.POSITIVE_INFINITY) {
    const events: string[] = [];
    const killed = Promise.withResolvers<Ending>();
    const event = async (what: string): Promise<void> => {
      events.push(what);
      await this.onEvent(what);
      if (events.length <= killAt) return;
      killed.resolve({ kind: 'killed', at: what });
      await new Promise(() => undefined);
    };
    this.world.beforeChange = event;
    const running = bringUp(this.tools, {
      stateDir: this.stateDir,
      action: 'up',
      timeoutMs: 30_000,
      settleMs: 0,
      backupVolumes: false,
      restoreVolumes: false,
      reset: false,
      ignoreMounts: false,
      ignorePorts: true,
      given: {},
      dryRun: false,
      onPlan: async () => true,
      consent: async () => false,
      lookup: () => undefined,
      onLine: () => undefined,
      onUnrecorded: () => undefined,
      onProgress: () => undefined,
      signal: never,
      now: () => new Date(),
      onPoint: event,
      ...options,
    }).then(
      (report): Ending => ({ kind: 'done', report }),
      (error: unknown): Ending => ({ kind: 'failed', error }),
    );
    const ending = await Promise.race([running, killed.promise]);
    this.world.beforeChange = async () => undefined;
    if (ending.kind === 'killed') await this.#freeLock();
    return { ending, events };
  }

  /** Removes the lock. A real next run would see that its holder had died, but here the holder is this process. */
  async #freeLock(): Promise<void> {
    await rm(placesOf(instanceOf(this.stateDir, product)).lock, { force: true });
  }

  async keep(): Promise<Snapshot> {
    const folder = await mkdtemp(join(this.work, 'kept-'));
    await cp(this.stateDir, folder, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    return { folder, data: this.world.data };
  }

  async putBack({ folder, data }: Snapshot): Promise<void> {
    await rm(this.stateDir, { recursive: true, force: true });
    await cp(folder, this.stateDir, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    this.world.data = data;
  }

  /** Returns everything that has to agree on what runs, in a form that a test can compare at once. */
  async seen() {
    const state = await readInstance(instanceOf(this.stateDir, product));
    const { journal, releases, current = '' } = state;
    const release = releases.find(({ name }) => name === current);
    const wanted =
      release === undefined ? undefined : await this.tools.compose.services(requestFor(release));
    const containers = Object.values(this.world.data.containers);
    const entries = this.world.data.volumes[volume]?.entries ?? [];
    const names = await readdir(this.root, { recursive: true });
    return {
      pending: journal?.pending ?? null,
      journal: this.#versionOf(journal?.running?.release),
      history: this.#versionOf(journal?.history.at(-1)?.release),
      current: this.#versionOf(current),
      containers: containers.map(({ service }) => service).sort(),
      images: distinct(containers.map(({ imageId }) => this.#versions.get(imageId))),
      folders: distinct(
        containers.map(({ workingDir }) => this.#versionOf(workingDir.split('/').at(-1))),
      ),
      states: distinct(containers.map((one) => `${one.state} ${one.health ?? ''}`)),
      levels: distinct(containers.map(({ environment }) => environment['LEVEL'])),
      sizes: distinct(containers.flatMap(({ environment }) => environment['SIZE'] ?? [])),
      asInFiles: containers.every((one) => wanted?.get(one.service)?.hash === one.configHash),
      log: entries.find(({ path }) => path === 'log')?.content ?? '',
      halfWritten: names.filter((name) => /\.(partial|removed|next|reserved)$/.test(name)),
    };
  }

  #versionOf(name: string | undefined): string | undefined {
    return [...this.names].find(([, own]) => own === name)?.[0];
  }

  async fileOf(version: string, path: string): Promise<string> {
    return readFile(join(this.folderOf(version), path), 'utf8');
  }
}

/** Returns the expected state of a host that fully runs this release with these settings. */
export function wholly(version: string, settings: { level?: string; size?: string } = {}) {
  const { level = 'low', size = '1' } = settings;
  return {
    pending: null,
    journal: version,
    history: version,
    current: version,
    containers: ['side', 'web'],
    images: [version],
    folders: [version],
    states: ['running healthy'],
    levels: [level],
    sizes: [size],
    asInFiles: true,
    log: expect.stringMatching(new RegExp(`(^|\n)${version}\n$`)),
    halfWritten: [],
  };
}

function distinct<T>(all: readonly T[]): T[] {
  return [...new Set(all)].sort();
}

/** Folder in memory if there is one: each step is synced to disk, which takes most of the time elsewhere. */
async function quickFolder(): Promise<string> {
  try {
    await access('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}
