import type { Readable } from 'node:stream';

export type ContainerState =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead';

/** A container of a Compose project; one-off containers (`compose run`) do not count. */
export interface ProjectContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** Project folder that the container was created from, as Compose recorded it. */
  readonly workingDir: string;
  /** Compose's hash of the service's configuration; `docker compose config --hash` gives the same. */
  readonly configHash: string;
  /** The reference used in the project, and the engine's ID of the image. */
  readonly image: string;
  readonly imageId: string;
  /** Entrypoint and command. */
  readonly command: readonly string[];
  readonly state: ContainerState;
  /** Absent without a health check. */
  readonly health?: 'starting' | 'healthy' | 'unhealthy';
  /** Output of the last health check. */
  readonly healthOutput?: string;
  /** Its exit code; -1 if the engine could not run it, or not to its end. */
  readonly healthExitCode?: number;
  /** Why it will not become ready, as Swarm says. */
  readonly failure?: string;
  /** What it waits for before it can run, such as a node that suits it. */
  readonly waitsFor?: string;
  readonly exitCode: number;
  readonly restartCount: number;
  /** RFC 3339; the year 1 for a container that never started. */
  readonly startedAt: string;
  /** `no`, `always`, `unless-stopped`, `on-failure`. */
  readonly restartPolicy: string;
  /** The address is empty while the container is not running. */
  readonly networks: readonly {
    readonly name: string;
    readonly address: string;
    /** Further names of the container on this network, besides its own. */
    readonly aliases: readonly string[];
  }[];
  /** Mount points of its volumes without a name, which no other container gets; absent without any. */
  readonly anonymousVolumes?: readonly string[];
  /** Its ports that the host publishes while it runs. An empty `address` means every address. */
  readonly published: readonly {
    readonly address: string;
    readonly port: number;
    /** The port inside the container. */
    readonly target: number;
    /** `tcp`, `udp` or `sctp`. */
    readonly protocol: string;
  }[];
}

/** A named volume of a Compose project, with everything needed to recreate it. */
export interface ProjectVolume {
  readonly name: string;
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A container that has a volume, running or not. */
export interface VolumeUser {
  readonly name: string;
  /** Project that it belongs to; empty for none. */
  readonly project: string;
}

/** One command to run in a temporary container without a network. */
export interface OneRun {
  /** Project that it runs for. */
  readonly project: string;
  readonly image: string;
  /** By default the image's own. */
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  /** `NAME=VALUE`. */
  readonly environment: readonly string[];
  /** Mounted read-only: a host path or a volume name, and the path in the container. */
  readonly mounts: readonly {
    readonly type: 'bind' | 'volume';
    readonly source: string;
    readonly target: string;
  }[];
  /** Names that resolve to 127.0.0.1. */
  readonly hosts: readonly string[];
}

/** The containers and volumes of an engine. Every method fails with `engine-unreachable` or `engine-failed`. */
export interface Runtime {
  /** Lists the containers of a project, including stopped ones, sorted by name. */
  containers(project: string): Promise<readonly ProjectContainer[]>;
  /** Lists the named volumes that Compose created for a project, sorted by name. */
  volumes(project: string): Promise<readonly ProjectVolume[]>;
  /** Runs a command to its end. Exit code 127: the image has no such command. */
  run(request: OneRun, signal: AbortSignal): Promise<{ exitCode: number; output: string }>;
  /** Runs a command in a running container, as root. Exit code 126 or 127: the container has no such command. */
  exec(
    containerId: string,
    command: readonly string[],
  ): Promise<{ exitCode: number; output: string }>;
  /** Stops a container within its stop grace period and removes it; does nothing if it no longer exists. */
  removeContainer(containerId: string): Promise<void>;
  /** Removes the temporary containers that a killed run of this project left. They hold its volumes. */
  removeHelpers(project: string): Promise<void>;
  /** Lists the containers of all projects that have a volume, stopped ones too, sorted by name. */
  volumeUsers(volume: string): Promise<readonly VolumeUser[]>;
  /**
   * Reads the content of a volume as a tar archive with owners and modes. `image` can be any image; it is never run.
   * The engine uses the volume until the stream closes. Removes what a killed run left on the volume first.
   */
  readVolume(volume: ProjectVolume, image: string, signal: AbortSignal): Promise<Readable>;
  /**
   * Replaces a volume with a new one that has the content of such an archive. No container may have it but what a killed
   * run left, which is removed first.
   */
  replaceVolume(
    volume: ProjectVolume,
    image: string,
    archive: Readable,
    signal: AbortSignal,
  ): Promise<void>;
}
