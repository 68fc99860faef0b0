import type { BuildTool, Engine } from '@bundle/engine';
import type {
  BundleError,
  BundleManifest,
  CarriedPackages,
  OnProgress,
  Platform,
  PullPolicy,
} from '@bundle/format';
import type { ApplicationPlan, Compared, SourceMount } from './application/application.ts';
import type { RebuildReport } from './builds/report.ts';
import type { PackageListing, PackagesReport } from './bundle/package-list.ts';
import type { SignManifest } from './bundle/sign-head.ts';
import type { LayerCache } from './images/cache/layer-cache.ts';
import type { CarriedWhole } from './images/deltas/delta-layers.ts';
import type { PrepareOptions } from './images/prepare-images.ts';
import type { KnownHosts } from './images/read-holdings.ts';
import type { PaperOptions } from './papers/papers.ts';
import type { SecretsReport } from './secrets/scan.ts';

export type BundleFormat = 'folder' | 'tar';

export interface ExportOptions {
  /** Absolute path of the bundle to write. */
  readonly output: string;
  readonly format: BundleFormat;
  /** Maximum size in bytes of each part of the single file; absent: one file. */
  readonly partBytes?: number;
  /** Replace the bundle at `output`, atomically. */
  readonly force: boolean;
  /** Default: derived from `created`. */
  readonly version?: string;
  /** Default: `stable`. */
  readonly channel?: string;
  /** Default: seconds of `created`, but higher than the sequence of each bundle in `known`. */
  readonly sequence?: number;
  /** Default: the engine's. */
  readonly platform?: Platform;
  /** Where the images for further platforms come from, one source for each; absent: the bundle is for one platform. */
  readonly further?: readonly PlatformSource[];
  /** Also pack signatures and attestations that the registry has of the images. */
  readonly referrers?: boolean;
  readonly pull: PullPolicy;
  /** Also build services that already have an image. */
  readonly rebuild: boolean;
  /** Builds services; see ComposeTool. */
  readonly build?: PrepareOptions['build'];
  /** Takes images that the engine lacks from their registries; absent: the engine pulls them. */
  readonly take?: PrepareOptions['take'];
  /** Builds the stages whose caches are packed; absent: no rebuilds. */
  readonly buildTool?: BuildTool;
  /** Also pack the source of the images that can be rebuilt. */
  readonly withSource?: boolean;
  /** Also carry the packages that dependency steps fetch, and those named. */
  readonly packages?: CarriedPackages;
  /**
   * Plans the application again after its images were compared with the source mounted over them; absent: not compared.
   */
  readonly replan?: (compared: ReadonlyMap<SourceMount, Compared>) => Promise<ApplicationPlan>;
  /** Programs to pack for a platform; absent: none. */
  readonly runtimes?: (platform: Platform) => Promise<readonly RuntimeFile[]>;
  /** Layers of the target hosts, which are left out; absent: a whole bundle. */
  readonly known?: KnownHosts;
  /**
   * Where to put temporary files for deltas of layers, which may be large: a path whose folder has room. Absent: changed
   * layers are carried whole.
   */
  readonly deltas?: string;
  /** Cache of known layers; absent: every layer is requested from the engine and compressed. */
  readonly cache?: LayerCache;
  /** Lists the packages inside the images; absent: the bundle has no list. */
  readonly sbom?: PackageListing;
  /** Seconds since 1970 (SOURCE_DATE_EPOCH); default: the newest image's. */
  readonly sourceDateEpoch?: number;
  /** Secrets that may be packed: names of findings, files or folders. */
  readonly allowSecrets?: readonly string[];
  /** What the spec says for README.txt and the other papers; default: in English, with nothing of a sender. */
  readonly papers?: PaperOptions;
  /** Signs bundle.json; absent: the bundle is not signed. */
  readonly sign?: SignManifest;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** A source of images for one platform. */
export interface PlatformSource {
  readonly platform: Platform;
  readonly source: Engine;
}

/** A program to run from the bundle, or the bytes of another file about programs, with its path in the bundle. */
export type RuntimeFile = { readonly path: string } & (
  | { readonly program: string }
  | { readonly bytes: Buffer }
);

export interface ExportReport {
  readonly output: string;
  readonly manifest: BundleManifest;
  /** Digest of bundle.json: the identity of the bundle. */
  readonly digest: string;
  /** What can be rebuilt without a network; absent if no service has a build. */
  readonly rebuild?: RebuildReport;
  readonly secrets: SecretsReport;
  /** Number of bytes sent by the engine. */
  readonly savedBytes: number;
  /** Reason why signing failed; the bundle is complete otherwise. */
  readonly unsigned?: BundleError;
  /** Layers that the hosts have in an older version, and that are carried whole anyway. */
  readonly whole: readonly CarriedWhole[];
  /** Packages inside the images; absent where none were to be listed. */
  readonly packages?: PackagesReport;
  /** Layers taken from the cache. */
  readonly reused: { readonly layers: number; readonly bytes: number };
  readonly seconds: number;
}
