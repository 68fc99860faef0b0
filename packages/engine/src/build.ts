/** A source of cached results of earlier builds. */
export type CacheSource =
  /** An image on the engine that has inline cache metadata (graph-driver store). */
  | { readonly image: string }
  /**
   * An OCI image layout with the manifest `digest` and its config; the layers are already on the engine (containerd
   * store).
   */
  | { readonly layout: string; readonly digest: string };

/** One build of one stage, with the BuildKit of the engine itself. */
export interface BuildRequest {
  /** Names what is built, for messages. */
  readonly description: string;
  /** Absolute path of the context folder. */
  readonly context: string;
  /** Absolute path; its `.dockerignore` is searched for beside it, then in the context. */
  readonly dockerfile: string;
  readonly target: string;
  /** Name of the image to make; if absent, the result stays only in the builder's cache. */
  readonly tag?: string;
  /** Folder to write the files of the result to, in place of an image. */
  readonly outputFolder?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Named contexts: a folder's absolute path, or `docker-image://REFERENCE`. */
  readonly buildContexts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** In the syntax of `docker build`: `id=npmrc,src=FILE`, `id=token,env=NAME`. */
  readonly secrets: readonly string[];
  readonly ssh: readonly string[];
  readonly network?: string;
  /** `HOST=IP`. */
  readonly extraHosts: readonly string[];
  /** Bytes. */
  readonly shmSize?: string;
  /** `nofile=1024:1024`. */
  readonly ulimits: readonly string[];
  readonly platform?: string;
  readonly cacheFrom: readonly CacheSource[];
  /** Whether to put the cache metadata of every step into the image's config. */
  readonly inlineCache: boolean;
  /** File to write the result's metadata to; includes BuildKit's own description of the build if buildx supports it. */
  readonly metadataFile?: string;
}

/** A step of a Dockerfile and its outcome: reused from a cache, or run. */
export interface BuildStep {
  /** BuildKit's name of the vertex: `[dependencies 4/4] RUN pip install …`. */
  readonly name: string;
  readonly state: 'running' | 'reused' | 'run' | 'failed';
  /** Duration; 0 while the step is running, and for a reused one. */
  readonly seconds: number;
}

/** Adds the steps of a repeated build. A step that the repeated build reuses, but an earlier one ran, counts as run. */
export function addSteps(known: Map<string, BuildStep>, steps: readonly BuildStep[]): void {
  for (const step of steps) if (known.get(step.name)?.state !== 'run') known.set(step.name, step);
}

export interface BuildTool {
  /** Returns the version of the buildx plugin, or undefined if it is not installed. */
  version(): Promise<string | undefined>;
  /**
   * Runs a build. Passes each change of a step to `onStep`; returns the steps' final states in the order in which they
   * ended. Fails with `buildx-missing`, or with `image-build-failed` and the end of the failed step's output.
   */
  build(
    request: BuildRequest,
    onStep: (step: BuildStep) => void,
    signal: AbortSignal,
  ): Promise<readonly BuildStep[]>;
}
