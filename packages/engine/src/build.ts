/** Where a build may find results of earlier ones. */
export type CacheSource =
  /** An image with inline cache metadata that the engine has (graph-driver store). */
  | { readonly image: string }
  /** An OCI image layout with the manifest `digest` and its config; layers are the engine's own (containerd store). */
  | { readonly layout: string; readonly digest: string };

/** One build of one stage, with BuildKit in the engine itself. */
export interface BuildRequest {
  /** What is built, for messages. */
  readonly description: string;
  /** Absolute path of the context folder. */
  readonly context: string;
  /** Absolute path; its `.dockerignore` is looked for beside it, then in the context. */
  readonly dockerfile: string;
  readonly target: string;
  /** Name of the image to make; absent: the result only stays in the builder's cache. */
  readonly tag?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Named contexts: a folder's absolute path, or `docker-image://REFERENCE`. */
  readonly buildContexts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** As `docker build` takes them: `id=npmrc,src=FILE`, `id=token,env=NAME`. */
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
  /** Put the cache metadata of every step into the image's config. */
  readonly inlineCache: boolean;
  /** File to write the result's metadata to, with BuildKit's own description of the build where buildx knows it. */
  readonly metadataFile?: string;
}

/** A step of a Dockerfile as it went: reused from a cache, or run. */
export interface BuildStep {
  /** BuildKit's name of the vertex: `[dependencies 4/4] RUN pip install …`. */
  readonly name: string;
  readonly state: 'running' | 'reused' | 'run' | 'failed';
  /** Time that it took; 0 while it runs and where it was reused. */
  readonly seconds: number;
}

/** Adds the steps of a further build of the same: it reuses what an earlier one ran, which counts as run. */
export function addSteps(known: Map<string, BuildStep>, steps: readonly BuildStep[]): void {
  for (const step of steps) if (known.get(step.name)?.state !== 'run') known.set(step.name, step);
}

export interface BuildTool {
  /** Version of the buildx plugin, or undefined where it is not installed. */
  version(): Promise<string | undefined>;
  /**
   * Builds; each change of a step goes to `onStep`, and the steps' last states come back in the order in which they
   * ended. Fails with `buildx-missing`, or `image-build-failed` and the end of what the failed step wrote.
   */
  build(
    request: BuildRequest,
    onStep: (step: BuildStep) => void,
    signal: AbortSignal,
  ): Promise<readonly BuildStep[]>;
}
