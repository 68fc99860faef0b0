import type { BundleImage, BundleManifest, Finding, LeftOut } from '@bundle/format';

/** An image that the application needs. */
export interface PlannedImage {
  /** `name:tag` for packing and running it, in familiar form (`nginx:1.27`, `shop-api:latest`). */
  readonly reference: string;
  /** Reference to ask the engine for; differs from `reference` when pinned by digest (`nginx@sha256:…`). */
  readonly source: string;
  readonly services: readonly string[];
  /** Comes from a `build:` section, so it is built, never pulled. */
  readonly built: boolean;
  /** What services say with `platform:`, by service. Compose starts them only with an image for it. */
  readonly platforms?: Readonly<Record<string, string>>;
  /** Set for images packed only for rebuilds: those named by a Dockerfile, and those with a stage's cache metadata. */
  readonly use?: BundleImage['use'];
}

/** Build of a service's image: Compose's `build:` section, with paths relative to the project folder. */
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
  /** In the syntax of `docker build`; never packed. */
  readonly secrets: readonly string[];
  readonly ssh: readonly string[];
  /** Reason why the build cannot be repeated from the contents of a bundle. */
  readonly problem?: string;
}

/** A file of the application to pack. */
export interface PlannedFile {
  /** Path in the bundle. */
  readonly path: string;
  /** Absolute path on this machine, or the generated text itself. */
  readonly content: { readonly file: string } | { readonly text: string };
  readonly executable: boolean;
  /** Reason shown in the plan: "mounted by nginx", "Compose file". */
  readonly why: string;
  /** Set for an env file that somebody named to have it packed with its values. */
  readonly hasValues?: true;
}

/** Names in an env file that have a value on this machine; never a value. */
export interface SettingsToSet {
  readonly path: string;
  /** Path of its example in the bundle. */
  readonly example: string;
  /** Names without a value on the other host, where somebody has to set one. */
  readonly toFill: readonly string[];
  /** Names with a different value there, from a default or the example, until somebody changes it. */
  readonly differing: readonly string[];
}

/** A profile of the Compose file. */
export interface PlannedProfile {
  readonly name: string;
  /** Services that start with it. */
  readonly services: readonly string[];
  /** Whether it starts on the other host by default. */
  readonly started: boolean;
  /** Profiles that cannot run beside it, because their services need the same container name or port. */
  readonly alternatives: readonly string[];
  /** Reason why it is not packed. */
  readonly problem?: string;
}

/** Source code that a service mounts over the contents of its image. */
export interface SourceMount {
  readonly service: string;
  /** Reference of the image. */
  readonly image: string;
  /** Absolute path on this machine, and in the container. */
  readonly source: string;
  readonly target: string;
}

/**
 * Comparison of an image with a source mounted over it. For `other`, `path` is the first file that is missing in the
 * image or differs.
 */
export type Compared =
  | { readonly result: 'same' | 'nothing' }
  | { readonly result: 'other'; readonly path: string };

/** Decision about a source that services mount. */
export interface MountDecision {
  /** As written in the Compose file. */
  readonly source: string;
  readonly services: readonly string[];
  readonly isPacked: boolean;
  readonly why: string;
}

/** Everything decided about an application before any image is touched. */
export interface ApplicationPlan {
  readonly product: string;
  /** Compose's own name of the project, if the product has a better default, for example instead of `docker`. */
  readonly composeName?: string;
  readonly profiles: readonly PlannedProfile[];
  /** Profiles to enable when running Compose for single services. */
  readonly composeProfiles: readonly string[];
  readonly images: readonly PlannedImage[];
  readonly builds: readonly PlannedBuild[];
  /** docker-compose.yml, compose.offline.yml, env.example and everything mounted from the project. */
  readonly files: readonly PlannedFile[];
  readonly envFiles: BundleManifest['envFiles'];
  /** Settings of this machine that the bundle lacks, for the report; only their names are packed. */
  readonly toSet: readonly SettingsToSet[];
  readonly leftOut: readonly LeftOut[];
  readonly mounts: readonly MountDecision[];
  /** Mounts to be decided once their images are available. */
  readonly sourceMounts: readonly SourceMount[];
  /** Absolute paths of files to pack that contain a private key. */
  readonly privateKeys: readonly string[];
  /** Warnings for the user: privileged services, host network, the engine's socket, unset variables. */
  readonly warnings: readonly Finding[];
}

export interface ApplicationOptions {
  /** Absolute paths of the Compose files, merged in order. */
  readonly composeFiles: readonly string[];
  /** Profiles to pack; all when absent. */
  readonly profiles?: readonly string[];
  readonly product?: string;
  /** Additional images, files and folders named by a spec. */
  readonly extraImages: readonly string[];
  readonly extraFiles: readonly string[];
  /** The option that names `extraFiles`, for messages; absent: the spec does. */
  readonly filesOption?: string;
  /** Absolute path of the folder with everything of the project; absent: it is searched for. */
  readonly projectRoot?: string;
  /** Absolute paths of mounts to pack, or to leave out, regardless of their contents. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Absolute paths of env files to pack with their values. */
  readonly withEnv: readonly string[];
}
