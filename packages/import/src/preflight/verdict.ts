import type { Feature, PublishedPort } from '@bundle/compose';
import type { EngineInfo, TakenNames } from '@bundle/engine';
import type { Thing } from './check.ts';

/** Features of the engine's machine that an application needs. Absent ones were not asked for, or cannot be read. */
export interface HostFeatures {
  /** Required devices, interfaces and kernel settings that do not exist. */
  readonly missing: ReadonlySet<string>;
  /** Names of the AppArmor profiles of the kernel; absent if it uses none, or does not show them. */
  readonly apparmor?: ReadonlySet<string>;
  /** Whether the program exists that lets containers use NVIDIA GPUs. */
  readonly hasNvidia: boolean;
  /** Whether the kernel has a module. */
  readonly modules?: ReadonlyMap<string, boolean>;
  /** Bits of the capabilities that processes can have. */
  readonly capabilities?: bigint;
  /** Highest number of files that a process may open. */
  readonly openFiles?: number;
  /** Lowest port that a process without root's rights can listen on. */
  readonly firstPort?: number;
}

export interface FeatureFacts {
  readonly engine: EngineInfo;
  readonly needs: {
    readonly features: readonly Feature[];
    readonly ports: readonly PublishedPort[];
  };
  readonly inventory: Pick<TakenNames, 'containers'>;
  /** Absent where the engine is on another machine. */
  readonly host?: HostFeatures;
}

/** `missing`: the start would fail. `doubt`: it may, or this machine cannot tell. */
export interface Verdict extends Thing {
  readonly kind: 'missing' | 'doubt';
}

export function missing(found: string, hint: string): Verdict {
  return { kind: 'missing', found, hint };
}
