import { type Host, hostName, maxHosts, problemOfName, type Variables } from './host.ts';
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

/** An inventory of Ansible while it is read. Each method returns what is wrong, if anything is. */
export class AnsibleInventory {
  readonly #groups = new Map<string, Group>();
  readonly #names = new Set<string>();

  group(name: string): Group {
    const group = this.#groups.get(name) ?? {
      hosts: new Map(),
      children: new Set(),
      vars: new Map(),
    };
    this.#groups.set(name, group);
    return group;
  }

  /** Adds a host or a range of hosts, with variables of their own. */
  addHost(group: string, pattern: string, vars: Variables): string | undefined {
    const names = expandRanges(pattern);
    if ('problem' in names) return names.problem;
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
    const members = new Map<string, Set<string>>();
    // Inner groups first, so that those around them know their members.
    const innerFirst = [...this.#groups].toSorted(
      ([a], [b]) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0),
    );
    for (const [name, { hosts, children }] of innerFirst) {
      const inner = [...children].flatMap((child) => [...(members.get(child) ?? [])]);
      members.set(name, new Set([...hosts.keys(), ...inner]));
    }
    const outerFirst = innerFirst.toReversed();
    const names = new Set(innerFirst.toReversed().flatMap(([, { hosts }]) => [...hosts.keys()]));
    const hosts: Host[] = [];
    for (const name of names) {
      if (!hostName.safeParse(name).success) return { problem: problemOfName(name) };
      const vars = new Map<string, unknown>();
      const put = (more: Variables): void => {
        for (const [key, value] of more) vars.set(key, value);
      };
      for (const [group, { vars: own }] of outerFirst)
        if (group === 'all' || members.get(group)?.has(name)) put(own);
      for (const [, { hosts: own }] of outerFirst) put(own.get(name) ?? new Map());
      const fields = fieldsOf(vars);
      if ('problem' in fields) return { problem: `${name}: ${fields.problem}` };
      hosts.push({ name, ...fields });
    }
    return { hosts, groups: new Map([...members, ['all', names]]) };
  }

  /** Returns how deep each group is; undefined for groups in a circle. */
  #depths(): Map<string, number> | undefined {
    const depths = new Map<string, number>();
    let level = [...this.#groups.keys()];
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > this.#groups.size) return undefined;
      for (const name of level) depths.set(name, depth);
      level = [...new Set(level.flatMap((name) => [...(this.#groups.get(name)?.children ?? [])]))];
    }
    return depths;
  }
}
