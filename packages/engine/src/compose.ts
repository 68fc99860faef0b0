/** What the compose plugin is asked. Absent plugin: `compose-plugin-missing`. */
export interface ComposeRequest {
  /** Absolute paths, merged in order. */
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
