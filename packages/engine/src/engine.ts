import type { Readable } from 'node:stream';
import type { Digest, Platform } from '@bundle/format';
import type { ImageSource } from './image-source.ts';

/**
 * How an engine keeps images. `graph-driver`: Docker's own layer store, image ID = config digest.
 * `containerd`: containerd's image store, image ID = digest of the image manifest or index.
 * `oci-layout`: the embedded engine, a folder in OCI image layout.
 */
export type ImageStore = 'graph-driver' | 'containerd' | 'oci-layout';

export interface EngineInfo {
  /** Whether it runs containers, pulls and builds; a layout only holds images. */
  readonly runsContainers: boolean;
  /** Human-readable: "Docker 28.5.2 at unix:///var/run/docker.sock". */
  readonly description: string;
  readonly version: string;
  readonly store: ImageStore;
  readonly platform: Platform;
  /** Whether `loadImages` takes zstd layers; older engines need plain ones. */
  readonly readsZstd: boolean;
  /** Whether `loadImages` takes an archive without layers that the engine has. Graph drivers and layouts need no `platform` for it. */
  readonly loadsPartially: boolean;
  /** Folder of this machine that images are kept in; absent when the engine is on another one. */
  readonly dataFolder?: string;
  /** Memory and processors that containers have in all; absent where nothing can run. */
  readonly memoryBytes?: number;
  readonly cpus?: number;
}

export interface EngineImage {
  /** As the engine names it; see ImageStore for which digest that is. */
  readonly id: Digest;
  /** `name:tag` references, familiar form. */
  readonly references: readonly string[];
  readonly platform: Platform;
  /** RFC 3339. */
  readonly created: string;
  /** Uncompressed layers, bottom first. */
  readonly diffIds: readonly Digest[];
  /** Bytes as the engine counts them; an estimate of what `openImages` will send. */
  readonly size: number;
}

export interface PullProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What fills an engine's disk, as `docker system df` counts it, in bytes. */
export interface DiskUsage {
  /** The engine's data folder, where it is on this machine. */
  readonly folder?: string;
  readonly images: number;
  readonly containers: number;
  readonly volumes: number;
  readonly buildCache: number;
}

/** Whose a name of the engine is: a Compose project, the folder that it was started from, or nobody known. */
export interface Owner {
  readonly project?: string;
  readonly workingDir?: string;
}

/** Names that are taken on an engine, and ports of running containers. */
export interface TakenNames {
  readonly containers: readonly (Owner & {
    readonly name: string;
    /** `address` is empty for every address. */
    readonly ports: readonly {
      readonly address: string;
      readonly port: number;
      readonly protocol: string;
    }[];
  })[];
  readonly networks: readonly (Owner & { readonly name: string })[];
  readonly volumes: readonly (Owner & { readonly name: string })[];
}

/** All that is needed of a container engine. Every adapter passes the same contract tests. */
export interface Engine extends ImageSource {
  /** Describes the engine, asking it once. Fails with `engine-unreachable` or `engine-too-old`. */
  info(): Promise<EngineInfo>;
  /** Finds one image by reference or ID; undefined when it is not there. */
  inspectImage(reference: string): Promise<EngineImage | undefined>;
  /** Lists all images, so that it is known which layers are there already. */
  listImages(): Promise<readonly EngineImage[]>;
  /** Pulls an image from its registry; progress is in bytes, over all layers. Fails with `image-pull-failed`. */
  pullImage(
    reference: string,
    platform: Platform | undefined,
    onProgress: (progress: PullProgress) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Loads an archive as `docker load` does. Its success proves nothing: inspect afterwards. With a platform, the containerd
   * store looks whether each image is whole for it, and takes blobs that the archive lacks from what it has; fails with
   * `load-mismatch` where one is not, and then leaves that image broken under its name.
   */
  loadImages(archive: Readable, signal: AbortSignal, platform?: Platform): Promise<void>;
  /** Counts what fills the engine's disk, in bytes. */
  diskUsage(): Promise<DiskUsage>;
  /** Lists the names that containers, networks and volumes have, and the ports that running containers publish. */
  takenNames(): Promise<TakenNames>;
  /** Gives an image that is there another name; a name that was another image's moves. Fails with `image-not-found`. */
  tagImage(reference: string, newReference: string): Promise<void>;
  /** Takes a name away; the image goes with its last name. Nothing to do where the name is not there. */
  untagImage(reference: string): Promise<void>;
}
