import type { EngineInfo } from '@bundle/engine';
import type { BundleError, BundleImage, BundleManifest, Digest, OnProgress } from '@bundle/format';
import type { Release } from '@bundle/host';
import type { FindParts } from '@bundle/store';
import type { Judgement } from '@bundle/trust';
import type { OpenedBundle } from '@bundle/verify';
import type { Admission } from './admit.ts';
import type { Check } from './preflight/check.ts';
import type { PreflightOptions } from './preflight/preflight.ts';

export interface ImportOptions {
  readonly bundle: string;
  /** Where to find the parts of the bundle, and whom to ask for a missing one. */
  readonly find?: FindParts;
  /** Required identity of the bundle; absent: any. */
  readonly expectDigest?: Digest;
  /** Absolute path of the state folder. */
  readonly stateDir: string;
  /**
   * Path of this command if it is one file; kept for a release whose bundle has no executable, such as an incremental
   * one.
   */
  readonly executable?: string;
  /** Name of the instance if it differs from the product, for a second one beside the first. */
  readonly name?: string;
  /** The caller starts the release next: `current` is switched only once it is healthy. */
  readonly up?: boolean;
  /** Required channel of the bundle, which the instance follows from then on. */
  readonly channel?: string;
  /** Accept a bundle without the layers and programs that this host has. */
  readonly partial?: boolean | undefined;
  /** Accept a bundle that is older than one this host has seen. */
  readonly allowOlder?: boolean;
  /** Only verify and plan, and change nothing. */
  readonly dryRun: boolean;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  /**
   * Returns the options of preflight, which runs before anything changes; a failing check ends the import. Absent: no
   * preflight.
   */
  readonly preflight?: () => Promise<
    PreflightOptions & { readonly onChecks: (checks: readonly Check[]) => void }
  >;
  /** Called once everything is verified, before the engine is changed; false stops without a change. */
  readonly confirm?: (preview: ImportPreview) => Promise<boolean>;
  /** Called if an outcome could not be written to the log of this host. */
  readonly onUnrecorded: (error: BundleError) => void;
  /**
   * Called with the release once everything is verified, before anything is asked or changed, and for a dry run: plans
   * its start, and asks for settings that the start needs.
   */
  readonly onIncoming?: (release: Release) => Promise<void>;
}

export interface ImportPreview {
  readonly manifest: BundleManifest;
  /** Signers of the bundle, judged by the keys that this host trusts. */
  readonly signatures: Judgement;
  /** It is older than one that this host has seen, and is imported because that was allowed. */
  readonly isAllowedOlder: boolean;
  readonly engine: string;
  /** Results of preflight; empty if it did not run. */
  readonly checks: readonly Check[];
  readonly images: readonly {
    readonly reference: string;
    readonly action: 'load' | 'already there';
    /** Stored bytes that will be sent to the engine. */
    readonly bytes: number;
  }[];
}

export interface ImportReport extends ImportPreview {
  readonly outcome: 'imported' | 'already imported' | 'declined' | 'previewed';
  readonly digest: string;
  /** Name of the instance: the product, or the name that was given. */
  readonly name: string;
  /** Whether `current` names the release now. Where a release runs that `bundle up` started, it stays as it is. */
  readonly switched: boolean;
  /** Name of the release: `VERSION-DIGEST12`. */
  readonly release: string;
  /** Folder with the release's files, and the link to the current release. */
  readonly releaseDir: string;
  readonly currentLink: string;
  /** Commands that start the application, one per line, ready to paste. */
  readonly startCommands: readonly string[];
  readonly sentBytes: number;
  /** Layers that the engine already had. */
  readonly reused: { readonly layers: number; readonly bytes: number };
  readonly seconds: number;
}

/** An import that was admitted, and what the engine lacks for it. */
export interface AdmittedImport {
  readonly opened: OpenedBundle;
  readonly admission: Admission;
  readonly info: EngineInfo;
  readonly missing: readonly BundleImage[];
  /** Whether the caller or an earlier `bundle up` decides what `current` names. */
  readonly isOperated: boolean;
  readonly options: ImportOptions;
  /** Reading of `performance.now()` at the start. */
  readonly started: number;
}
