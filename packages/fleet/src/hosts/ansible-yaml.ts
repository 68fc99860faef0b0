import { z } from 'zod';
import { withPort } from './ini.ts';
import { AnsibleInventory, type FoundHosts } from './inventory.ts';

const map = z.record(z.string(), z.unknown());
const groupSchema = z
  .object({
    hosts: z.union([map, z.string().transform((name) => ({ [name]: null }))]).nullish(),
    children: map.nullish(),
    vars: map.nullish(),
  })
  .nullable();

/** Reads an inventory of Ansible in YAML: groups with `hosts`, `children` and `vars`. Returns what is wrong, if anything is. */
export function readAnsibleYaml(value: unknown): FoundHosts | { readonly problem: string } {
  const top = map.safeParse(value);
  if (!top.success) return { problem: 'neither groups nor hosts' };
  const inventory = new AnsibleInventory();
  const problem = addGroups(inventory, top.data, 0);
  return problem === undefined ? inventory.finish() : { problem };
}

function addGroups(
  inventory: AnsibleInventory,
  groups: Readonly<Record<string, unknown>>,
  depth: number,
): string | undefined {
  if (depth > 50) return 'groups more than 50 deep';
  for (const [name, value] of Object.entries(groups)) {
    const parsed = groupSchema.safeParse(value);
    if (!parsed.success) {
      return `group ${JSON.stringify(name)}: expected hosts, children and vars`;
    }
    const group = inventory.group(name);
    const { hosts, children, vars } = parsed.data ?? {};
    for (const [key, one] of Object.entries(vars ?? {})) group.vars.set(key, one);
    for (const [host, own] of Object.entries(hosts ?? {})) {
      const parsedVars = map.nullable().safeParse(own);
      if (!parsedVars.success) return `host ${JSON.stringify(host)}: expected variables`;
      const all = new Map(Object.entries(parsedVars.data ?? {}));
      const problem = inventory.addHost(name, ...withPort(host, all));
      if (problem !== undefined) return problem;
    }
    for (const child of Object.keys(children ?? {})) group.children.add(child);
    const problem = inventory.tooMany ?? addGroups(inventory, children ?? {}, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
