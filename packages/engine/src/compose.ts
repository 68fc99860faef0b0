/** What the compose plugin is asked. Absent plugin: `compose-plugin-missing`. */
export interface ComposeRequest {
  /** Absolute paths, merged in order. None: what Compose started under the project's name, whatever files it came from. */
  readonly files: readonly string[];
  /** Profiles to turn on; `['*']` for all. */
  readonly profiles: readonly string[];
  /** Project name, when it is not the one that Compose would choose. */
  readonly projectName?: string;
}

export interface ComposeTool {
  /** Version of the plugin, or undefined where it is not installed. */
  version(): Promise<string | undefined>;
  /**
   * `docker compose config --format json`: one project of all files, with absolute paths. `interpolate: false` leaves
   * `${VARIABLES}`, paths relative to the first file, `env_file` and names as they are written.
   * Fails with `compose-invalid` and the plugin's own words.
   */
  config(request: ComposeRequest, options: { readonly interpolate: boolean }): Promise<unknown>;
  /** `docker compose build`; the plugin's output goes to `onLine`. Fails with `image-build-failed`. */
  build(
    request: ComposeRequest,
    services: readonly string[],
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * `docker compose up -d` of these services only, from images that are there; its output goes to `onLine`. Fails with
   * `start-failed`.
   */
  up(
    request: ComposeRequest,
    services: readonly string[],
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

/** What is asked of a project as a whole, from its start to its end. */
export interface ComposeLifecycle {
  /**
   * `docker compose up -d` of the whole project from images that are there; containers of services that are gone
   * are removed. Waits for the conditions of `depends_on`. Fails with `start-failed` and the plugin's own words.
   */
  start(
    request: ComposeRequest,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Adds containers to a service until it has as many; those that it has stay as they are. Fails with `start-failed`. */
  scaleUp(
    request: ComposeRequest,
    service: string,
    containers: number,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Containers stay. Fails with `engine-failed`. */
  stop(request: ComposeRequest, onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** Removes containers and networks, and named volumes when asked to. Fails with `engine-failed`. */
  down(
    request: ComposeRequest,
    options: { readonly volumes: boolean },
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** What services wrote, of all of them when none is named. Ends when `follow` is aborted. */
  logs(
    request: ComposeRequest,
    services: readonly string[],
    options: LogOptions,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** What should run, by the names of services; those without any container are left out. Fails with `compose-invalid`. */
  services(request: ComposeRequest): Promise<ReadonlyMap<string, WantedService>>;
}

export interface WantedService {
  /** Compose's hash of the configuration, env files included, as containers carry it in a label. */
  readonly hash: string;
  /** Number of containers. */
  readonly replicas: number;
  /** `deploy.update_config.order` of the Compose file: the new container may start before the old one stops. */
  readonly startFirst: boolean;
}

export interface LogOptions {
  /** Lines of each container; all of them when absent. */
  readonly tail?: number;
  readonly follow?: boolean;
  /** As `docker logs --since` takes it: `10m`, or RFC 3339. */
  readonly since?: string;
}
