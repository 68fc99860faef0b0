import type { BundleImage, BundleManifest, Finding, LeftOut } from '@bundle/format';

/** An image that the application needs. */
export interface PlannedImage {
  /** `name:tag` under which it is packed and run, familiar form (`nginx:1.27`, `shop-api:latest`). */
  readonly reference: string;
  /** As the engine is asked for it; differs from `reference` when pinned by digest (`nginx@sha256:…`). */
  readonly source: string;
  readonly services: readonly string[];
  /** It comes from a `build:` section, so it is built, never pulled. */
  readonly built: boolean;
  /** Packed for rebuilds only: an image that a Dockerfile names, or one that carries a stage's cache metadata. */
  readonly use?: BundleImage['use'];
}

/** How a service's image is built: Compose's `build:` section, with paths relative to the project's folder. */
export interface PlannedBuild {
  readonly services: readonly string[];
  readonly image: string;
  /** Absolute path of the folder that `context` and folders in `buildContexts` are relative to. */
  readonly projectDir: string;
  readonly context: string;
  /** Path relative to the context, or Compose's `dockerfile_inline`. */
  readonly dockerfile: { readonly path: string } | { readonly text: string };
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly buildContexts: Readonly<Record<string, string>>;
  readonly network?: string;
  readonly extraHosts: readonly string[];
  readonly shmSize?: string;
  readonly ulimits: readonly string[];
  /** As `docker build` takes them; never packed. */
  readonly secrets: readonly string[];
  readonly ssh: readonly string[];
  /** Why it cannot be repeated from what a bundle carries. */
  readonly problem?: string;
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

/** Names of an env file that have a value here. Never a value. */
export interface SettingsToSet {
  readonly path: string;
  /** Path of its example in the bundle. */
  readonly example: string;
  /** They have no value on the other host: somebody has to give one. */
  readonly toFill: readonly string[];
  /** They have another value there, a default or that of the example, until somebody changes it. */
  readonly differing: readonly string[];
}

/** A profile of the Compose file. */
export interface PlannedProfile {
  readonly name: string;
  /** Services that start with it. */
  readonly services: readonly string[];
  /** Whether it starts on the other host, unless somebody chooses otherwise there. */
  readonly started: boolean;
  /** Profiles that cannot run beside it: their services want one container name or one port. */
  readonly alternatives: readonly string[];
  /** Why it is not packed. */
  readonly problem?: string;
}

/** Source code that a service mounts over what its image has. */
export interface SourceMount {
  readonly service: string;
  /** Reference of the image. */
  readonly image: string;
  /** Absolute path on this machine, and in the container. */
  readonly source: string;
  readonly target: string;
}

/** What an image has where a source is mounted: `other` names the first file that is not there, or differs. */
export type Compared =
  | { readonly result: 'same' | 'nothing' }
  | { readonly result: 'other'; readonly path: string };

/** What was decided about a source that services mount. */
export interface MountDecision {
  /** As the Compose file has it. */
  readonly source: string;
  readonly services: readonly string[];
  readonly isPacked: boolean;
  readonly why: string;
}

/** Everything about an application that is decided before any image is touched. */
export interface ApplicationPlan {
  readonly product: string;
  /** Compose's own name of the project, where the product has a better one that nobody gave: `docker` says nothing. */
  readonly composeName?: string;
  readonly profiles: readonly PlannedProfile[];
  /** Profiles to turn on where Compose is asked about single services. */
  readonly composeProfiles: readonly string[];
  readonly images: readonly PlannedImage[];
  readonly builds: readonly PlannedBuild[];
  /** docker-compose.yml, compose.offline.yml, env.example and all that is mounted from the project. */
  readonly files: readonly PlannedFile[];
  readonly envFiles: BundleManifest['envFiles'];
  /** What the settings here have and the bundle does not: for the report, and nothing of it but the names is packed. */
  readonly toSet: readonly SettingsToSet[];
  readonly leftOut: readonly LeftOut[];
  readonly mounts: readonly MountDecision[];
  /** Mounts that are decided about once their images are there. */
  readonly sourceMounts: readonly SourceMount[];
  /** Files to be packed that hold a private key, by their absolute paths. */
  readonly privateKeys: readonly string[];
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
  /** Absolute path of the folder that holds everything of the project; found where it is absent. */
  readonly projectRoot?: string;
  /** Absolute paths of mounts to pack, or to leave out, whatever they hold. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Absolute paths of env files to pack with their values. */
  readonly withEnv: readonly string[];
}
