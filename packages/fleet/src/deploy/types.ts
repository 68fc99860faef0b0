import type { BundleError, Digest, Platform, ProgressEvent } from '@bundle/format';
import type { OpenedBundle } from '@bundle/verify';
import type { Host } from '../hosts/host.ts';

/** A program that hosts without the command can get. */
export interface Program {
  readonly file: string;
  readonly platform: Platform;
}

export interface DeployOptions {
  readonly opened: OpenedBundle;
  readonly hosts: readonly Host[];
  /** All hosts of the file: a deployment that is rolled back may have changed others. */
  readonly knownHosts: readonly Host[];
  /** Absolute path of the file of hosts: with the product, it says which deployment this is. */
  readonly hostsFile: string;
  /** State folder of this machine, for the journal. */
  readonly stateDir: string;
  /** Name of the instance on the hosts; absent: the product. */
  readonly name?: string | undefined;
  /** How many hosts at a time. */
  readonly parallel: number;
  /** How many hosts alone at first, or which. */
  readonly canary: number | readonly string[];
  /** Options that `bundle import --up` gets on every host. */
  readonly startWords: readonly string[];
  /** Options that `bundle rollback` gets. */
  readonly rollbackWords: readonly string[];
  /** Settings for all hosts; those of a host come on top. */
  readonly settings: Readonly<Record<string, string>>;
  /** Seconds to wait for a host that another run keeps busy. */
  readonly busySeconds: number;
  /** Version of this command: hosts with another one get this one. */
  readonly version: string;
  /** This command as one file, where it is one. */
  readonly program?: Program | undefined;
  readonly dryRun: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (event: ProgressEvent) => void;
  readonly onLine: (event: HostEvent) => void;
  /** Called with the plan before anything changes; false stops. */
  readonly confirm?: (plan: DeployPlan) => Promise<boolean>;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** Something that happened on a host. */
export type HostEvent =
  | { readonly host: string; readonly what: 'sent'; readonly bytes: number }
  | { readonly host: string; readonly what: 'deployed' | 'returned' | 'removed' }
  | { readonly host: string; readonly what: 'failed'; readonly error: BundleError }
  | { readonly host: string; readonly what: 'again' };

/** What would happen to a host. */
export interface HostPlan {
  readonly host: string;
  /** Release that runs there, `VERSION-DIGEST12`. */
  readonly before: string | undefined;
  /** `new settings`: the release runs there already, with others. */
  readonly action: 'deploy' | 'new settings' | 'already running';
  readonly isCanary: boolean;
  /** Bytes that the host lacks, those that arrived before included. */
  readonly lackingBytes: number;
}

export interface DeployPlan {
  readonly product: string;
  readonly version: string;
  readonly release: string;
  /** An interrupted deployment of the same release goes on. */
  readonly goesOn: boolean;
  readonly hosts: readonly HostPlan[];
}

export interface HostReport {
  readonly host: string;
  /**
   * `untouched`: the deployment stopped before it. `returned`: back at the release from before. `unknown`: it may run
   * either release.
   */
  readonly outcome:
    | 'deployed'
    | 'already running'
    | 'failed'
    | 'returned'
    | 'untouched'
    | 'unknown';
  readonly before: string | undefined;
  readonly lackingBytes: number;
  /** Bytes sent now. */
  readonly sentBytes: number;
  readonly error?: BundleError;
}

export interface DeployReport {
  readonly outcome:
    | 'deployed'
    | 'already running'
    | 'stopped'
    | 'interrupted'
    | 'declined'
    | 'previewed';
  readonly product: string;
  readonly version: string;
  readonly digest: Digest;
  readonly release: string;
  readonly hosts: readonly HostReport[];
  /** What would be done; only of a preview. */
  readonly plan?: DeployPlan;
  /** Journal of the deployment on this machine. */
  readonly journal: string;
}
