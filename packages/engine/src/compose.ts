/**
 * The project that a call of the compose plugin is about. Every call fails with `compose-plugin-missing` if there is no
 * plugin.
 */
export interface ComposeRequest {
  /**
   * Absolute paths, merged in order. Empty: the project that Compose started under this name, whatever files it came
   * from.
   */
  readonly files: readonly string[];
  /** Profiles to enable; `['*']` for all. */
  readonly profiles: readonly string[];
  /** Project name, if it differs from the one that Compose would choose. */
  readonly projectName?: string;
}

export interface ComposeTool {
  /** Returns the version of the plugin, or undefined if it is not installed. */
  version(): Promise<string | undefined>;
  /**
   * Runs `docker compose config --format json`: merges all files into one project with absolute paths. `interpolate:
   * false` leaves `${VARIABLES}`, paths relative to the first file, `env_file` and names as they are written. Fails
   * with `compose-invalid` and the plugin's own message.
   * `unchecked: true` accepts a project whose services cannot all run at once.
   */
  config(
    request: ComposeRequest,
    options: { readonly interpolate: boolean; readonly unchecked?: boolean },
  ): Promise<unknown>;
  /** Runs `docker compose build`; passes each step of a Dockerfile that begins. Fails with `image-build-failed`. */
  build(
    request: ComposeRequest,
    services: readonly string[],
    onStep: (step: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Runs `docker compose up -d` for these services only, without pulling images; passes its output to `onLine`. Fails
   * with `start-failed`.
   */
  up(
    request: ComposeRequest,
    services: readonly string[],
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

/** The operations on a project as a whole, from start to removal. */
export interface ComposeLifecycle {
  /**
   * Runs `docker compose up -d` for the whole project without pulling images, and removes the containers of services
   * that are no longer in it. Waits for the conditions of `depends_on`. Fails with `start-failed` and the plugin's own
   * message.
   */
  start(
    request: ComposeRequest,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Adds containers to a service up to the given number; existing ones are not touched. Fails with `start-failed`. */
  scaleUp(
    request: ComposeRequest,
    service: string,
    containers: number,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Stops the containers without removing them. Fails with `engine-failed`. */
  stop(request: ComposeRequest, onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** Removes containers and networks, and on request named volumes. Fails with `engine-failed`. */
  down(
    request: ComposeRequest,
    options: { readonly volumes: boolean },
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Reads the logs of the named services, or of all if none is named. Ends when `follow` is aborted. */
  logs(
    request: ComposeRequest,
    services: readonly string[],
    options: LogOptions,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Returns what should run, by service name; services with no containers are left out. Fails with `compose-invalid`.
   */
  services(request: ComposeRequest): Promise<ReadonlyMap<string, WantedService>>;
}

export interface WantedService {
  /** Compose's hash of the configuration, env files included; containers have it in a label. */
  readonly hash: string;
  /** Number of containers. */
  readonly replicas: number;
  /** `deploy.update_config.order` of the Compose file: the new container may start before the old one stops. */
  readonly startFirst: boolean;
  /**
   * Whether its containers may end: true if another service waits for that (`service_completed_successfully`), false if
   * it publishes ports. Otherwise undefined: the Compose file does not say.
   */
  readonly mayEnd: boolean | undefined;
}

export interface LogOptions {
  /** Number of lines for each container; all if absent. */
  readonly tail?: number;
  readonly follow?: boolean;
  /** In the syntax of `docker logs --since`: `10m`, or RFC 3339. */
  readonly since?: string;
}
