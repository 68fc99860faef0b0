import { createHash } from 'node:crypto';
import type { ContainerState } from '@bundle/engine';
import type { Digest } from '@bundle/format';

/** A file or folder of a volume, by its path in it; the volume's own folder is `.`. */
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
  /** Names of volumes, by where they are mounted. */
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

/** All that such an engine has. It is replaced and never changed, so a test may keep one and put it back. */
export interface WorldData {
  readonly images: Readonly<Record<Digest, MemoryImage>>;
  /** Image IDs by reference. */
  readonly names: Readonly<Record<string, Digest>>;
  readonly containers: Readonly<Record<string, MemoryContainer>>;
  readonly volumes: Readonly<Record<string, MemoryVolume>>;
  readonly made: number;
}

/** What a container does once it is started: it goes on, unless it has an exit code. */
export interface Behaviour {
  readonly exitCode?: number;
  readonly health?: 'healthy' | 'unhealthy';
  /** Milliseconds until its health check has passed or failed. */
  readonly healthAfterMs?: number;
  readonly healthOutput?: string;
  readonly output?: readonly string[];
  /** Files that it writes, by the name of the volume. */
  readonly writes?: Readonly<Record<string, readonly VolumeEntry[]>>;
}

export type Program = (container: MemoryContainer, world: WorldData) => Behaviour;

/** The state of an engine in memory. Each change of it is one step that a test may see, or stop before. */
export class MemoryWorld {
  data: WorldData = { images: {}, names: {}, containers: {}, volumes: {}, made: 0 };
  readonly program: Program;
  /** Texts by the names of notes. */
  readonly notes = new Map<string, string>();
  /** Called before each change; a test that never resolves it stops the run there, as a kill does. */
  beforeChange: (what: string) => Promise<void> = async () => undefined;

  constructor(program: Program = () => ({})) {
    this.program = program;
  }

  async change(what: string, to: (data: WorldData) => Partial<WorldData>): Promise<void> {
    await this.beforeChange(what);
    this.data = { ...this.data, ...to(this.data) };
  }

  /** A new name for something, never given before. */
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
