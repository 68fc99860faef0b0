import type { Readable } from 'node:stream';
import type { Digest, Platform } from '@bundle/format';
import type { ImageSource, Referrer } from './image-source.ts';

/**
 * How an engine stores images. `graph-driver`: Docker's own layer store, image ID = config digest. `containerd`:
 * containerd's image store, image ID = digest of the image manifest or index. `oci-layout`: the embedded engine, a
 * folder in OCI image layout.
 */
export type ImageStore = 'graph-driver' | 'containerd' | 'oci-layout';

export interface EngineInfo {
  /** Whether the engine runs containers, pulls and builds; a layout only holds images. */
  readonly runsContainers: boolean;
  /** Human-readable: "Docker 28.5.2 at unix:///var/run/docker.sock". */
  readonly description: string;
  readonly version: string;
  /** Set for podman, which speaks Docker's API and has versions of its own. */
  readonly isPodman?: boolean;
  /** Versions of the programs that it consists of, such as `containerd` and `runc`, where it tells them. */
  readonly components?: Readonly<Record<string, string>>;
  readonly store: ImageStore;
  readonly platform: Platform;
  /** Whether `loadImages` accepts zstd layers; older engines need uncompressed ones. */
  readonly readsZstd: boolean;
  /**
   * Whether `loadImages` accepts an archive that lacks layers the engine already has. Docker's graph drivers and layouts
   * need no `platform` for this; podman never does.
   */
  readonly loadsPartially: boolean;
  /** Set where no image can have a name with an IPv6 address, such as `[fd00::1]:5000/app:1`. */
  readonly refusesIpv6Names?: true;
  /** Folder on this machine that holds the images; absent if the engine is on another machine. */
  readonly dataFolder?: string;
  /** Total memory and processors for containers; absent if the engine runs none. */
  readonly memoryBytes?: number;
  readonly cpus?: number;
  /** Names that `runtime:` of a service can have; absent where nothing can run. */
  readonly runtimes?: readonly string[];
  /** Devices that the engine found by itself, such as `nvidia.com/gpu=0`; absent where it does not look for them. */
  readonly devices?: readonly string[];
  /** Names of its drivers, by what they are for; absent where it does not list them. */
  readonly drivers?: {
    readonly log?: readonly string[];
    readonly network?: readonly string[];
    readonly volume?: readonly string[];
  };
  /** How its containers are kept apart from the host's root. */
  readonly rights?: {
    /** It runs as a user without root's rights. */
    readonly isRootless: boolean;
    /** It maps the users of containers to others (`userns-remap`). */
    readonly mapsUsers: boolean;
  };
  /** Set where SELinux keeps its containers from files without a label for them. */
  readonly usesSelinux?: true;
  /** Limits of a Compose service that the host's control groups do not offer it, by their keys. */
  readonly unknownLimits?: readonly string[];
  /** Whether it is part of a swarm, as overlay networks need. */
  readonly isInSwarm?: boolean;
}

export interface EngineImage {
  /** The engine's own ID; ImageStore says which digest that is. */
  readonly id: Digest;
  /** `name:tag` references in familiar form. */
  readonly references: readonly string[];
  readonly platform: Platform;
  /** RFC 3339. */
  readonly created: string;
  /** Uncompressed layers, bottom first. */
  readonly diffIds: readonly Digest[];
  /** Size in bytes as the engine counts it; an estimate of what `openImages` will send. */
  readonly size: number;
  /** Whether it has instructions for the builds that are based on it (ONBUILD). */
  readonly onBuild?: true;
}

export interface PullProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** Disk usage of an engine in bytes, as `docker system df` counts it. */
export interface DiskUsage {
  /** The engine's data folder, if it is on this machine. */
  readonly folder?: string;
  readonly images: number;
  readonly containers: number;
  readonly volumes: number;
  readonly buildCache: number;
}

/** The owner of a name on the engine: a Compose project, the folder that it was started from, or unknown. */
export interface Owner {
  readonly project?: string;
  readonly workingDir?: string;
}

/** Names in use on an engine, and ports of running containers. */
export interface TakenNames {
  readonly containers: readonly (Owner & {
    readonly name: string;
    /** The engine's ID of its image. */
    readonly imageId: string;
    /** An empty `address` means every address. */
    readonly ports: readonly {
      readonly address: string;
      readonly port: number;
      readonly protocol: string;
    }[];
  })[];
  readonly networks: readonly (Owner & {
    readonly name: string;
    /** In CIDR notation; only those of the engine's own address space, which has no overlaps. */
    readonly subnets?: readonly string[];
  })[];
  readonly volumes: readonly (Owner & { readonly name: string })[];
}

/** A short text that a command leaves on an engine for commands that work on it from elsewhere. */
export interface Note {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly text: string;
}

/** Everything that is needed from a container engine. Every adapter passes the same contract tests. */
export interface Engine extends ImageSource {
  /** Describes the engine, asking it once. Fails with `engine-unreachable` or `engine-too-old`. */
  info(): Promise<EngineInfo>;
  /** Finds one image by reference or ID; undefined if the engine does not have it. */
  inspectImage(reference: string): Promise<EngineImage | undefined>;
  /** Lists the platforms that an image is for; only a source has it that can have an image for several. */
  readonly platformsOf?: (reference: string, signal: AbortSignal) => Promise<readonly Platform[]>;
  /** Reads what refers to an image; only registries have it. */
  readonly referrersOf?: (reference: string, signal: AbortSignal) => Promise<readonly Referrer[]>;
  /** Lists all images, to find out which layers the engine already has. */
  listImages(): Promise<readonly EngineImage[]>;
  /** Lists the names of all images, each with its engine's ID, by one question however many there are. */
  listNames(): Promise<readonly { readonly name: string; readonly id: Digest }[]>;
  /** Pulls an image from its registry; progress is in bytes, over all layers. Fails with `image-pull-failed`. */
  pullImage(
    reference: string,
    platform: Platform | undefined,
    onProgress: (progress: PullProgress) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Loads an archive as `docker load` does. Success proves nothing: inspect the images afterwards. With a platform, the
   * containerd store checks that each image is complete for it, and uses its own blobs where the archive lacks them. If
   * an image is incomplete, fails with `load-mismatch` and leaves that image broken under its name.
   */
  loadImages(archive: Readable, signal: AbortSignal, platform?: Platform): Promise<void>;
  /** Measures the engine's disk usage in bytes. */
  diskUsage(): Promise<DiskUsage>;
  /** Lists the names that containers, networks and volumes have, and the ports that running containers publish. */
  takenNames(): Promise<TakenNames>;
  /**
   * Gives an existing image another name; a name that belonged to another image moves. Fails with `image-not-found`.
   */
  tagImage(reference: string, newReference: string): Promise<void>;
  /** Removes a name; the image is deleted with its last name. Does nothing if the name does not exist. */
  untagImage(reference: string): Promise<void>;
  /** Lists the notes on the engine. A layout has none: nothing runs there that would need them. */
  listNotes(): Promise<readonly Note[]>;
  /** Leaves a note on the engine, in place of an earlier one of that name. */
  writeNote(note: Note): Promise<void>;
  /** Removes a note; does nothing if the engine has none of that name. */
  removeNote(name: string): Promise<void>;
}
