/** A service of a stack, as Swarm has it. */
export interface SwarmService {
  readonly id: string;
  /** With the name of the stack in front: `shop_web`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the containers that it makes now. */
  readonly taskLabels: Readonly<Record<string, string>>;
  readonly image: string;
  /** `replicated`, `global`, `replicated-job`, `global-job`. */
  readonly mode: string;
  /** Number of tasks, or of those of a job that have to end well; undefined for a service with one on each node. */
  readonly replicas: number | undefined;
  /** Number of the current run of a job, from 0: each update runs it again. Absent for a service that keeps running. */
  readonly jobIteration?: number;
  readonly hasHealthCheck: boolean;
  /** `none`, `on-failure`, `any`. */
  readonly restart: string;
  /** Number of restarts after which Swarm gives a task up; 0 for any number. */
  readonly maxAttempts: number;
  /** State of its last update: `updating`, `paused`, `completed`, `rollback_started`, …; absent without an update. */
  readonly update?: { readonly state: string; readonly message: string };
  /** RFC 3339. */
  readonly updated: string;
  readonly published: readonly {
    readonly port: number;
    readonly target: number;
    readonly protocol: string;
  }[];
}

/** A task: one container that a service should have, or had. */
export interface SwarmTask {
  readonly id: string;
  readonly serviceId: string;
  /** Absent for a service with one task on each node, and for the first task of a job. */
  readonly slot: number | undefined;
  readonly nodeId: string;
  /** `running`, `preparing`, `pending`, `rejected`, `failed`, `complete`, … */
  readonly state: string;
  /** The state that Swarm wants: `running`, `ready`, `shutdown`, `complete`, `remove`. */
  readonly desired: string;
  /** The run of a job that it belongs to; 0 for a service that keeps running. */
  readonly jobIteration: number;
  /** When it was made, and when its state changed; RFC 3339. */
  readonly created: string;
  readonly changed: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Why it failed, or what it waits for; empty if nothing is wrong. */
  readonly error: string;
  readonly exitCode: number | undefined;
  readonly containerId: string;
}

export interface SwarmNode {
  readonly id: string;
  readonly name: string;
  readonly isManager: boolean;
  /** Version of its Docker engine, where Swarm knows it: `28.5.2+dfsg1`. */
  readonly version: string | undefined;
  /** Whether its engine takes no name of an image with an IPv6 address. */
  readonly refusesIpv6Names: boolean;
  /** `ready`, `down`, `unknown`, `disconnected`. */
  readonly state: string;
  /** `active`, `pause`, `drain`. */
  readonly availability: string;
}

/** The stacks of a swarm, through one of its managers. Every method fails with `engine-unreachable` or `engine-failed`. */
export interface Stacks {
  /** Returns the ID of this node; undefined if it is not a manager of a swarm. */
  managerId(): Promise<string | undefined>;
  nodes(): Promise<readonly SwarmNode[]>;
  /** Lists the names of all configs or secrets of the swarm. */
  files(kind: 'configs' | 'secrets'): Promise<ReadonlySet<string>>;
  services(stack: string): Promise<readonly SwarmService[]>;
  /** Lists the tasks of a stack, with the past ones that Swarm still knows. */
  tasks(stack: string): Promise<readonly SwarmTask[]>;
  /**
   * Runs `docker stack deploy` with a document, and removes services that are not in it. Returns before the tasks run.
   * Fails with `start-failed` and docker's own words.
   */
  deploy(
    stack: string,
    document: object,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Removes one service. Its tasks stop within their grace period. */
  removeService(service: string, signal: AbortSignal): Promise<void>;
  /** Removes a stack, and waits until its tasks and networks are gone. Does nothing if there is none. */
  remove(stack: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** Reads the logs of one service from all nodes. Ends when `follow` is aborted. */
  logs(
    service: string,
    options: {
      readonly tail?: number;
      readonly follow?: boolean;
      readonly since?: string;
    },
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
}
