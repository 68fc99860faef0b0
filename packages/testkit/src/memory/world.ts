import { createHash } from 'node:crypto';
import type { ContainerState } from '@bundle/engine';
import type { Digest } from '@bundle/format';

/** A file or folder of a volume, by its path; `.` is the folder of the volume itself. */
export interface VolumeEntry {
  readonly path: string;
  readonly type: 'File' | 'Directory';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly content: string;
}

export interface MemoryImage {
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
}

export interface MemoryVolume {
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly entries: readonly VolumeEntry[];
}

export interface MemoryContainer {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly service: string;
  readonly workingDir: string;
  readonly configHash: string;
  readonly image: string;
  readonly imageId: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Names of volumes, by mount point. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly restartPolicy: string;
  readonly state: ContainerState;
  readonly health?: 'healthy' | 'unhealthy';
  readonly healthAfterMs?: number;
  readonly healthOutput?: string;
  readonly exitCode: number;
  readonly startedAt: string;
  readonly output: readonly string[];
}

/** The complete state of such an engine. It is replaced, never changed, so a test may keep one and restore it. */
export interface WorldData {
  readonly images: Readonly<Record<Digest, MemoryImage>>;
  /** Image IDs by reference. */
  readonly names: Readonly<Record<string, Digest>>;
  readonly containers: Readonly<Record<string, MemoryContainer>>;
  readonly volumes: Readonly<Record<string, MemoryVolume>>;
  readonly made: number;
}

/** Behaviour of a container once it is started: it keeps running unless it has an exit code. */
export interface Behaviour {
  readonly exitCode?: number;
  readonly health?: 'healthy' | 'unhealthy';
  /** Milliseconds until its health check passes or fails. */
  readonly healthAfterMs?: number;
  readonly healthOutput?: string;
  readonly output?: readonly string[];
  /** Files that it writes, by volume name. */
  readonly writes?: Readonly<Record<string, readonly VolumeEntry[]>>;
}

export type Program = (container: MemoryContainer, world: WorldData) => Behaviour;

/** State of an engine in memory. Each change is one step that a test can observe or stop before. */
export class MemoryWorld {
  data: WorldData = { images: {}, names: {}, containers: {}, volumes: {}, made: 0 };
  readonly program: Program;
  /** Texts by the names of notes. */
  readonly notes = new Map<string, string>();
  /** Called before each change; if a test never resolves it, the run stops there as if killed. */
  beforeChange: (what: string) => Promise<void> = async () => undefined;

  constructor(program: Program = () => ({})) {
    this.program = program;
  }

  async change(what: string, to: (data: WorldData) => Partial<WorldData>): Promise<void> {
    await this.beforeChange(what);
    this.data = { ...this.data, ...to(this.data) };
  }

  /** Returns a new, unique name. */
  nextId(): string {
    this.data = { ...this.data, made: this.data.made + 1 };
    return createHash('sha256').update(String(this.data.made)).digest('hex');
  }
}

export function without<T>(all: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const { [key]: _, ...rest } = all;
  return rest;
}

/** Labels that Compose sets. */
export const labels = {
  project: 'com.docker.compose.project',
  volume: 'com.docker.compose.volume',
};
