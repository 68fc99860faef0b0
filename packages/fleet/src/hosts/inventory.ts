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
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly vars: Map<string, unknown>;
}

/** A host that cannot be reached as its variables say: a fault only of a deployment to it. */
export interface UnusableHost {
  readonly name: string;
  readonly problem: string;
}

/** The hosts, and for each group the names of the hosts in it. */
export interface FoundHosts {
  readonly hosts: readonly (Host | UnusableHost)[];
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>;
}

const tooMuch = `more than ${maxApplied} hosts of groups and variables of hosts`;

/** An inventory of Ansible while it is read. Each method returns what is wrong, if anything is. */
export class AnsibleInventory {
  readonly #groups = new Map<string, Group>();
  /** Variables of hosts themselves; where a host is written twice, the later ones count. */
  readonly #own = new Map<string, Map<string, unknown>>();
  /** Hosts of groups and variables of hosts that may still be added. */
  #room = maxApplied;

  group(name: string): Group {
    const group = this.#groups.get(name) ?? {
      hosts: new Set(),
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
      hosts.add(name);
      this.#own.set(name, new Map([...(this.#own.get(name) ?? []), ...vars]));
      if (this.#own.size > maxHosts) return `more than ${maxHosts} hosts`;
    }
    return undefined;
  }

  /** Returns the hosts with the variables that apply to them: those of groups in Ansible's order, then their own. */
  finish(): FoundHosts | { readonly problem: string } {
    const depths = this.#depths();
    if (depths === undefined) return { problem: 'a group that is its own child' };
    const members = this.#members(depths);
    if (members === undefined) return { problem: tooMuch };
    const order = this.#precedence(depths);
    if ('problem' in order) return order;
    const groupsOf = new Map<string, Group[]>([...this.#own.keys()].map((name) => [name, []]));
    for (const [name, group] of order.groups)
      for (const host of members.get(name) ?? []) groupsOf.get(host)?.push(group);
    const hosts: (Host | UnusableHost)[] = [];
    for (const [name, groups] of groupsOf) {
      if (!hostName.safeParse(name).success) return { problem: problemOfName(name) };
      const all = [...groups.map(({ vars }) => vars), this.#own.get(name) ?? new Map()];
      if (!this.#takes(all.reduce((sum, { size }) => sum + size, 0))) return { problem: tooMuch };
      const fields = fieldsOf(new Map(all.flatMap((vars) => [...vars])));
      hosts.push('problem' in fields ? { name, problem: fields.problem } : { name, ...fields });
    }
    return { hosts, groups: members };
  }

  /** Returns the hosts of each group; undefined for too many. */
  #members(depths: ReadonlyMap<string, number>): Map<string, Set<string>> | undefined {
    // Inner groups first, so that those around them know their members.
    const innerFirst = [...this.#groups].toSorted(
      ([a], [b]) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0),
    );
    const members = new Map<string, Set<string>>();
    for (const [name, { hosts, children }] of innerFirst) {
      const all = new Set(hosts);
      for (const child of children) {
        const inner = members.get(child) ?? new Set();
        if (!this.#takes(inner.size)) return undefined;
        for (const host of inner) all.add(host);
      }
      members.set(name, all);
    }
    return members.set('all', new Set(this.#own.keys()));
  }

  /** Returns the groups as Ansible merges their variables, a later group winning: by depth, priority and name. */
  #precedence(
    depths: ReadonlyMap<string, number>,
  ): { readonly groups: readonly (readonly [string, Group])[] } | { readonly problem: string } {
    const priorities = new Map<string, number>();
    for (const [name, { vars }] of this.#groups) {
      const written = vars.get('ansible_group_priority') ?? 1;
      const priority = Number(written);
      if (!Number.isInteger(priority))
        return { problem: `${name}: ansible_group_priority=${String(written)}: not a number` };
      priorities.set(name, priority);
    }
    const between = (ranks: ReadonlyMap<string, number>, a: string, b: string): number =>
      (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0);
    const groups = [...this.#groups].toSorted(
      ([a], [b]) => between(depths, a, b) || between(priorities, a, b) || (a < b ? -1 : 1),
    );
    return { groups };
  }

  /** Tells whether there is room for so many more. */
  #takes(count: number): boolean {
    this.#room -= count;
    return this.#room >= 0;
  }

  /** Returns how deep each group is, all of them in `all`, as in Ansible; undefined for groups in a circle. */
  #depths(): Map<string, number> | undefined {
    const names = [...this.#groups.keys()];
    const depths = new Map(names.map((name) => [name, name === 'all' ? -1 : 0]));
    /** Number of groups around each that were not looked at yet. */
    const around = new Map(names.map((name) => [name, 0]));
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
