import type { BuildTool } from '@bundle/engine';
import type { BundleError, BundleManifest, OnProgress, Platform, PullPolicy } from '@bundle/format';
import type { ApplicationPlan, Compared, SourceMount } from './application/application.ts';
import type { RebuildReport } from './builds/report.ts';
import type { SignManifest } from './bundle/sign-head.ts';
import type { LayerCache } from './images/cache/layer-cache.ts';
import type { PrepareOptions } from './images/prepare-images.ts';
import type { KnownHosts } from './images/read-holdings.ts';

export type BundleFormat = 'folder' | 'tar';

export interface ExportOptions {
  /** Absolute path of the bundle to write. */
  readonly output: string;
  readonly format: BundleFormat;
  /** Cut the single file into parts of so many bytes. */
  readonly partBytes?: number;
  /** Replace the bundle at `output`, atomically. */
  readonly force: boolean;
  /** Default: derived from `created`. */
  readonly version?: string;
  /** Default: `stable`. */
  readonly channel?: string;
  /** Default: seconds of `created`, more than that of each bundle that `known` names. */
  readonly sequence?: number;
  /** Default: the engine's. */
  readonly platform?: Platform;
  readonly pull: PullPolicy;
  /** Build services that have an image already, too. */
  readonly rebuild: boolean;
  /** Builds services; see ComposeTool. */
  readonly build?: PrepareOptions['build'];
  /** Builds the stages whose caches are packed; absent: nothing is packed for rebuilds. */
  readonly buildTool?: BuildTool;
  /** Pack the source of what can be rebuilt, too. */
  readonly withSource?: boolean;
  /** Plans the application again once its images are compared with the source mounted over them; absent: not compared. */
  readonly replan?: (compared: ReadonlyMap<SourceMount, Compared>) => Promise<ApplicationPlan>;
  /** Programs to pack for a platform; absent: none. */
  readonly runtimes?: (platform: Platform) => Promise<readonly RuntimeFile[]>;
  /** What the hosts have that the bundle is for, so that it is left out; absent: a whole bundle. */
  readonly known?: KnownHosts;
  /** Known layers; absent: everything is asked of the engine and compressed. */
  readonly cache?: LayerCache;
  /** Seconds since 1970 (SOURCE_DATE_EPOCH); default: the newest image's. */
  readonly sourceDateEpoch?: number;
  /** Signs bundle.json; absent: the bundle is not signed. */
  readonly sign?: SignManifest;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** A program, or a text about the programs, and its place in the bundle. */
export type RuntimeFile = { readonly path: string } & (
  | {
      readonly file: string;
      /** Packed with zstd; it is not run from where it lies. */
      readonly compressed?: true;
    }
  | { readonly text: string }
);

export interface ExportReport {
  readonly output: string;
  readonly manifest: BundleManifest;
  /** Digest of bundle.json: the identity of the bundle. */
  readonly digest: string;
  /** What can be rebuilt without a network; absent where no service is built. */
  readonly rebuild?: RebuildReport;
  /** Bytes that the engine sent. */
  readonly savedBytes: number;
  /** Why the bundle is not signed although it was to be; it is whole otherwise. */
  readonly unsigned?: BundleError;
  /** Layers that came from the cache. */
  readonly reused: { readonly layers: number; readonly bytes: number };
  readonly seconds: number;
}
