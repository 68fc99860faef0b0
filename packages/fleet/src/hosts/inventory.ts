import {
  type Host,
  hostName,
  maxApplied,
  maxGroups,
  maxHosts,
  maxPatternChars,
  problemOfName,
  type Variables,
} from './host.ts';
import { expandRanges } from './ranges.ts';
import { fieldsOf } from './variables.ts';

interface Group {
  readonly hosts: Map<string, Map<string, unknown>>;
  readonly children: Set<string>;
  readonly vars: Map<string, unknown>;
}

/** The hosts, and for each group the names of the hosts in it. */
export interface FoundHosts {
  readonly hosts: readonly Host[];
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>;
}

const tooMuch = `more than ${maxApplied} hosts of groups and variables of hosts`;

/** An inventory of Ansible while it is read. Each method returns what is wrong, if anything is. */
export class AnsibleInventory {
  readonly #groups = new Map<string, Group>();
  readonly #names = new Set<string>();
  /** Hosts of groups and variables of hosts that may still be added. */
  #room = maxApplied;

  group(name: string): Group {
    const group = this.#groups.get(name) ?? {
      hosts: new Map(),
      children: new Set(),
      vars: new Map(),
    };
    this.#groups.set(name, group);
    return group;
  }

  /** What is wrong with the number of groups, if anything is. */
  get tooMany(): string | undefined {
    return this.#groups.size > maxGroups ? `more than ${maxGroups} groups` : undefined;
  }

  /** Adds a host or a range of hosts, with variables of their own. */
  addHost(group: string, pattern: string, vars: Variables): string | undefined {
    if (pattern.length > maxPatternChars)
      return `a host of more than ${maxPatternChars} characters`;
    const names = expandRanges(pattern);
    if ('problem' in names) return names.problem;
    if (!this.#takes(names.length * (1 + vars.size))) return tooMuch;
    const { hosts } = this.group(group);
    for (const name of names) {
      hosts.set(name, new Map([...(hosts.get(name) ?? []), ...vars]));
      this.#names.add(name);
      if (this.#names.size > maxHosts) return `more than ${maxHosts} hosts`;
    }
    return undefined;
  }

  /** Returns the hosts with the variables that apply to them: those of `all`, outer groups, inner groups, their own. */
  finish(): FoundHosts | { readonly problem: string } {
    const depths = this.#depths();
    if (depths === undefined) return { problem: 'a group that is its own child' };
    // Inner groups first, so that those around them know their members.
    const innerFirst = [...this.#groups].toSorted(
      ([a], [b]) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0),
    );
    const members = new Map<string, Set<string>>();
    for (const [name, { hosts, children }] of innerFirst) {
      const all = new Set(hosts.keys());
      for (const child of children) {
        const inner = members.get(child) ?? new Set();
        if (!this.#takes(inner.size)) return { problem: tooMuch };
        for (const host of inner) all.add(host);
      }
      members.set(name, all);
    }
    const outerFirst = innerFirst.toReversed();
    const names = new Set(outerFirst.flatMap(([, { hosts }]) => [...hosts.keys()]));
    const groupsOf = new Map<string, Group[]>([...names].map((name) => [name, []]));
    for (const [name, group] of outerFirst)
      for (const host of name === 'all' ? names : (members.get(name) ?? []))
        groupsOf.get(host)?.push(group);
    const hosts: Host[] = [];
    for (const [name, groups] of groupsOf) {
      if (!hostName.safeParse(name).success) return { problem: problemOfName(name) };
      const all = [
        ...groups.map(({ vars }) => vars),
        ...groups.flatMap((one) => one.hosts.get(name) ?? []),
      ];
      if (!this.#takes(all.reduce((sum, { size }) => sum + size, 0))) return { problem: tooMuch };
      const fields = fieldsOf(new Map(all.flatMap((vars) => [...vars])));
      if ('problem' in fields) return { problem: `${name}: ${fields.problem}` };
      hosts.push({ name, ...fields });
    }
    return { hosts, groups: new Map([...members, ['all', names]]) };
  }

  /** Tells whether there is room for so many more. */
  #takes(count: number): boolean {
    this.#room -= count;
    return this.#room >= 0;
  }

  /** Returns how deep each group is; undefined for groups in a circle. */
  #depths(): Map<string, number> | undefined {
    const depths = new Map([...this.#groups.keys()].map((name) => [name, 0]));
    /** Number of groups around each that were not looked at yet. */
    const around = new Map(depths);
    for (const { children } of this.#groups.values())
      for (const child of children) around.set(child, (around.get(child) ?? 0) + 1);
    const ready = [...depths.keys()].filter((name) => around.get(name) === 0);
    // It grows while it is walked through.
    for (const name of ready) {
      for (const child of this.#groups.get(name)?.children ?? []) {
        depths.set(child, Math.max(depths.get(child) ?? 0, (depths.get(name) ?? 0) + 1));
        const left = (around.get(child) ?? 0) - 1;
        around.set(child, left);
        if (left === 0) ready.push(child);
      }
    }
    return ready.length < this.#groups.size ? undefined : depths;
  }
}
