import type { Lookup } from '@bundle/compose';
import type { ComposeLifecycle, ComposeTool, Engine, Runtime } from '@bundle/engine';
import type { BundleError, OnProgress } from '@bundle/format';
import type { Pending } from '@bundle/host';
import type { Values } from '@bundle/host/settings';
import type { AskSetting } from '../settings/answers.ts';
import type { StackRelease } from '../swarm/as-stack.ts';
import type { Consent } from './consent.ts';
import type { Verdict } from './health.ts';
import type { UpPlan } from './plan.ts';

/** Interfaces to the engine for operating an application. */
export interface Tools {
  readonly engine: Engine;
  readonly runtime: Runtime;
  readonly compose: ComposeTool & ComposeLifecycle;
  /** Tells whether a project is a stack of a swarm; absent where none is. */
  readonly isStack?: (project: string) => Promise<boolean>;
}

/** Result of reading all files of a release, which takes a while. */
export interface ComparedFiles {
  /** Name of the release that ran. */
  readonly release: string;
  readonly changedFiles: readonly string[];
}

export interface BringUpOptions {
  readonly stateDir: string;
  /** Name of the instance; absent: the only one. */
  readonly name?: string;
  /** Version, folder name or digest; absent: the current release, or for a rollback the previous one. */
  readonly release?: string;
  readonly action: Pending['action'];
  /** Deploys the release as a stack of a swarm; absent: as the instance ran before. */
  readonly asStack?: StackRelease;
  readonly timeoutMs: number;
  readonly settleMs: number;
  readonly probe?: string;
  readonly backupVolumes: boolean;
  readonly restoreVolumes: boolean;
  /** Restore the release's own images in place of rebuilt ones. */
  readonly reset: boolean;
  /** Start even if something else seems to use one of its ports. */
  readonly ignorePorts: boolean;
  /** Start even if a mount is missing. */
  readonly ignoreMounts: boolean;
  /** Settings given for this run. */
  readonly given: Values;
  readonly dryRun: boolean;
  /** What a plan that was shown before found changed. */
  readonly compared?: ComparedFiles;
  /** Asks for a setting that has no value; absent if nobody can answer. */
  readonly askSetting?: AskSetting;
  /** Environment variables passed to Compose. */
  readonly lookup: Lookup;
  /** Asks for permissions on this host that nobody has granted yet. */
  readonly consent: Consent;
  /** Called with the plan before anything changes; false stops. */
  readonly onPlan: (plan: UpPlan) => Promise<boolean>;
  /** Called with each line of Compose or of a failed service. */
  readonly onLine: (line: string) => void;
  /** Told of what could not be written to the log of this host. */
  readonly onUnrecorded: (error: BundleError) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Called at each point; only tests use it. */
  readonly onPoint: (point: string) => Promise<void>;
}

export interface UpReport {
  readonly outcome: 'started' | 'already running' | 'rolled back' | 'previewed' | 'declined';
  readonly name: string;
  /** Release that runs afterwards, if any. */
  readonly running: string | undefined;
  readonly plan: UpPlan | undefined;
  readonly services: readonly Verdict[];
  /** Copy of the volumes that was made. */
  readonly backup: string | undefined;
  readonly seconds: number;
  /** Reason for the rollback. */
  readonly error?: BundleError | undefined;
}
