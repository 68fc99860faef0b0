import type { Readable } from 'node:stream';

export type ContainerState =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead';

/** A container of a Compose project; one-off containers (`compose run`) are none. */
export interface ProjectContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** Folder of the project that it was made from, as Compose noted it. */
  readonly workingDir: string;
  /** Compose's hash of the service's configuration; `docker compose config --hash` gives the same. */
  readonly configHash: string;
  /** Reference as the project named it, and what the engine calls the image's ID. */
  readonly image: string;
  readonly imageId: string;
  /** What it runs: entrypoint and command. */
  readonly command: readonly string[];
  readonly state: ContainerState;
  /** Absent without a health check. */
  readonly health?: 'starting' | 'healthy' | 'unhealthy';
  /** What the last health check printed. */
  readonly healthOutput?: string;
  readonly exitCode: number;
  readonly restartCount: number;
  /** RFC 3339; the year 1 for a container that never started. */
  readonly startedAt: string;
  /** `no`, `always`, `unless-stopped`, `on-failure`. */
  readonly restartPolicy: string;
  /** Empty address: it does not run. */
  readonly networks: readonly {
    readonly name: string;
    readonly address: string;
    /** Names that others on this network reach it by, besides its own. */
    readonly aliases: readonly string[];
  }[];
}

/** A named volume of a Compose project, with all that is needed to make it again. */
export interface ProjectVolume {
  readonly name: string;
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** One command in a container of its own, without a network; the container is removed afterwards. */
export interface OneRun {
  readonly image: string;
  /** Default: the image's own. */
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  /** `NAME=VALUE`. */
  readonly environment: readonly string[];
  /** Mounted read-only: a path of the host or the name of a volume, and where it goes. */
  readonly mounts: readonly {
    readonly type: 'bind' | 'volume';
    readonly source: string;
    readonly target: string;
  }[];
  /** Names that lead to 127.0.0.1. */
  readonly hosts: readonly string[];
}

/** What runs on an engine, and the data of it. Fails with `engine-unreachable` or `engine-failed`. */
export interface Runtime {
  /** Containers of a project, stopped ones too, by name. */
  containers(project: string): Promise<readonly ProjectContainer[]>;
  /** Named volumes that Compose made for a project, by name. */
  volumes(project: string): Promise<readonly ProjectVolume[]>;
  run(request: OneRun, signal: AbortSignal): Promise<{ exitCode: number; output: string }>;
  /** Runs a command in a container that runs, as its root. Exit code 126 or 127: it has no such command. */
  exec(
    containerId: string,
    command: readonly string[],
  ): Promise<{ exitCode: number; output: string }>;
  /** Stops a container, in the time that it was given for that, and removes it; nothing to do when it is gone. */
  removeContainer(containerId: string): Promise<void>;
  /**
   * Content of a volume as a tar archive with owners and modes; `image` is any image, nothing of it runs. The engine uses
   * the volume until the stream closes.
   */
  readVolume(volume: ProjectVolume, image: string, signal: AbortSignal): Promise<Readable>;
  /** Replaces a volume by a new one with the content of such an archive. No container may use it. */
  replaceVolume(
    volume: ProjectVolume,
    image: string,
    archive: Readable,
    signal: AbortSignal,
  ): Promise<void>;
}
