import type { BundleBase } from '@bundle/format';
import type { Recipe } from '@bundle/recipe';

/** Who and what a paper is about. */
export interface PaperRelease {
  readonly product: string;
  readonly version: string;
}

/** What README.txt says of a bundle. */
export interface ReadmeFacts extends PaperRelease {
  readonly title?: string | undefined;
  readonly contact?: string | undefined;
  readonly notes?: string | undefined;
  /** RFC 3339, in UTC. */
  readonly created: string;
  /** `linux/amd64` */
  readonly platform: string;
  /** Bytes that the images take on the disk. */
  readonly unpackedBytes: number;
  /** Published by services that start, such as `8080/tcp`; as the defaults have it. */
  readonly ports: readonly string[];
  /** The first of them that a browser may open. */
  readonly webPort: number | undefined;
  /** Names of the volumes as the engine has them. */
  readonly volumes: readonly string[];
  /** Settings without a value, as `NAME` or `FILE: NAME`. */
  readonly toFill: readonly string[];
  /** Command lines that make the env files from their examples, and whether somebody has to write into them. */
  readonly examples: readonly { readonly line: string; readonly isToFill: boolean }[];
  /** Path of the command in the bundle, or the bare name where the bundle has none. */
  readonly command: string;
  readonly carriesCommand: boolean;
  /** Whether the images can be rebuilt from changed source. */
  readonly canRebuild: boolean;
  /** For `sha256sum -c`: prints a list from bundle.json. */
  readonly listCommand: string;
  readonly incremental?: IncrementalFacts | undefined;
}

export interface IncrementalFacts {
  readonly base: BundleBase | undefined;
  /** Numbers of layers. */
  readonly omitted: number;
  readonly deltas: number;
}

/** The papers of a bundle in one language. */
export interface PaperTexts {
  /** README.txt: the page for the operator, then what engineers may want to know. */
  readonly readme: (facts: ReadmeFacts) => string;
  /** build-cache/QUICK_REBUILD.txt: one screen for a first-time reader. */
  readonly quickRebuild: (release: PaperRelease, recipes: readonly Recipe[]) => string;
  /** build-cache/README.md, which explains the files and the limits of a rebuild. `engine`: its version. */
  readonly rebuildReadme: (
    release: PaperRelease,
    recipes: readonly Recipe[],
    engine: string,
  ) => string;
}
