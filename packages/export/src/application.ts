import type { BundleManifest, Finding, LeftOut } from '@bundle/format';

/** An image that the application needs. */
export interface PlannedImage {
  /** `name:tag` under which it is packed and run, familiar form (`nginx:1.27`, `shop-api:latest`). */
  readonly reference: string;
  /** As the engine is asked for it; differs from `reference` when pinned by digest (`nginx@sha256:…`). */
  readonly source: string;
  readonly services: readonly string[];
  /** It comes from a `build:` section, so it is built, never pulled. */
  readonly built: boolean;
}

/** A file of the application that is packed. */
export interface PlannedFile {
  /** Path in the bundle. */
  readonly path: string;
  /** Absolute path on this machine, or the generated text itself. */
  readonly content: { readonly file: string } | { readonly text: string };
  readonly executable: boolean;
  /** Why it is there, for the plan that is shown: "mounted by nginx", "Compose file". */
  readonly why: string;
}

/** Everything about an application that is decided before any image is touched. */
export interface ApplicationPlan {
  readonly product: string;
  readonly images: readonly PlannedImage[];
  /** docker-compose.yml, compose.offline.yml, env.example and all that is mounted from the project. */
  readonly files: readonly PlannedFile[];
  readonly envFiles: BundleManifest['envFiles'];
  readonly leftOut: readonly LeftOut[];
  /** What the user should know: privileged services, host network, the engine's socket, variables unset. */
  readonly warnings: readonly Finding[];
}

export interface ApplicationOptions {
  /** Absolute paths of the Compose files, merged in order. */
  readonly composeFiles: readonly string[];
  /** Profiles to pack; all when absent. */
  readonly profiles?: readonly string[];
  readonly product?: string;
  /** Further images, files and folders, as a spec names them. */
  readonly extraImages: readonly string[];
  readonly extraFiles: readonly string[];
  /** Absolute paths of env files to pack with their values. */
  readonly withEnv: readonly string[];
}
