import { z } from 'zod';
import { checkFields, type Host, hostName, maxHosts, problemOfName } from './host.ts';
import type { FoundHosts } from './inventory.ts';

const fields = z.record(z.string(), z.unknown());
const own = z.strictObject({
  hosts: z.union([
    z.array(z.string()).transform((names) => names.map((name) => [name, {}] as const)),
    z.record(z.string(), fields.nullable()).transform((all) => Object.entries(all)),
  ]),
  defaults: fields.nullish(),
});

/** Tells whether a document is a file of hosts in our own form: Ansible has only groups at the top. */
export function isOwnForm(value: unknown): boolean {
  return z.looseObject({ hosts: z.unknown() }).safeParse(value).success;
}

/** Reads a file of hosts in our own form (docs/fleet.md). Returns what is wrong, if anything is. */
export function readOwn(value: unknown): FoundHosts | { readonly problem: string } {
  const parsed = own.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `${issue?.path.join('.') || 'the file'}: expected hosts and defaults` };
  }
  if (parsed.data.hosts.length > maxHosts) return { problem: `more than ${maxHosts} hosts` };
  const hosts: Host[] = [];
  for (const [name, given] of parsed.data.hosts) {
    if (!hostName.safeParse(name).success) return { problem: problemOfName(name) };
    if (hosts.some((host) => host.name === name)) return { problem: `${name} twice` };
    const checked = checkFields(merged(parsed.data.defaults ?? {}, given ?? {}));
    if ('problem' in checked) return { problem: `${name}: ${checked.problem}` };
    hosts.push({ name, ...checked });
  }
  return { hosts, groups: new Map([['all', new Set(hosts.map(({ name }) => name))]]) };
}

/** Settings are added to those of all hosts; everything else takes their place. */
function merged(
  defaults: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const settings = [defaults['settings'], own['settings']].map((one) => fields.safeParse(one).data);
  if (settings.includes(undefined)) return { ...defaults, ...own };
  return { ...defaults, ...own, settings: Object.assign({}, ...settings) };
}
