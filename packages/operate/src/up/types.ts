import type { Lookup } from '@bundle/compose';
import type { ComposeLifecycle, ComposeTool, Engine, Runtime } from '@bundle/engine';
import type { BundleError, OnProgress } from '@bundle/format';
import type { Pending } from '@bundle/host';
import type { Values } from '@bundle/host/settings';
import type { AskSetting } from '../settings/answers.ts';
import type { Consent } from './consent.ts';
import type { Verdict } from './health.ts';
import type { UpPlan } from './plan.ts';

/** What of the engine is needed to operate an application. */
export interface Tools {
  readonly engine: Engine;
  readonly runtime: Runtime;
  readonly compose: ComposeTool & ComposeLifecycle;
}

export interface BringUpOptions {
  readonly stateDir: string;
  /** The instance; the only one when absent. */
  readonly name?: string;
  /** Version, folder name or digest; when absent the current release, or for a rollback the one before. */
  readonly release?: string;
  readonly action: Pending['action'];
  readonly timeoutMs: number;
  readonly settleMs: number;
  readonly probe?: string;
  readonly backupVolumes: boolean;
  readonly restoreVolumes: boolean;
  /** Put the release's own images back where a rebuild put others. */
  readonly reset: boolean;
  /** Start it although something else seems to have a port of it. */
  readonly ignorePorts: boolean;
  /** Start it although something that it mounts is not there. */
  readonly ignoreMounts: boolean;
  /** Settings that are given now. */
  readonly given: Values;
  readonly dryRun: boolean;
  /** Asks for a setting that has no value; absent where nobody can answer. */
  readonly askSetting?: AskSetting;
  /** Variables of the environment that Compose gets. */
  readonly lookup: Lookup;
  /** Asked about what the release is given of the host and nobody has allowed yet. */
  readonly consent: Consent;
  /** Told what will change before anything does; false stops. */
  readonly onPlan: (plan: UpPlan) => Promise<boolean>;
  /** A line of Compose or of a failed service. */
  readonly onLine: (line: string) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Told where it is, step by step; only tests listen. */
  readonly onPoint: (point: string) => Promise<void>;
}

export interface UpReport {
  readonly outcome: 'started' | 'already running' | 'rolled back' | 'previewed' | 'declined';
  readonly name: string;
  /** Release that runs afterwards; undefined for none. */
  readonly running: string | undefined;
  readonly plan: UpPlan | undefined;
  readonly services: readonly Verdict[];
  /** Copy of the volumes that was made. */
  readonly backup: string | undefined;
  readonly seconds: number;
  /** Why it was rolled back. */
  readonly error?: BundleError | undefined;
}
