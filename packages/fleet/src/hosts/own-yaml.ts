import { z } from 'zod';
import { checkFields, type Host, hostName, maxApplied, maxHosts, problemOfName } from './host.ts';
import type { FoundHosts } from './inventory.ts';

const fields = z.record(z.string(), z.unknown());
const own = z.strictObject({
  hosts: z.union([
    z.array(z.string()).transform((names) => names.map((name) => [name, {}] as const)),
    z.record(z.string(), fields.nullable()).transform((all) => Object.entries(all)),
  ]),
  defaults: fields.nullish(),
});

const areTooMany = z.looseObject({ hosts: z.array(z.unknown()).min(maxHosts + 1) });

/** Tells whether a document is a file of hosts in our own form: Ansible has only groups at the top. */
export function isOwnForm(value: unknown): boolean {
  return z.looseObject({ hosts: z.unknown() }).safeParse(value).success;
}

/** Reads a file of hosts in our own form (docs/fleet.md). Returns what is wrong, if anything is. */
export function readOwn(value: unknown): FoundHosts | { readonly problem: string } {
  // Before the schema, which lists every mistake.
  if (areTooMany.safeParse(value).success) return { problem: `more than ${maxHosts} hosts` };
  const parsed = own.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `${issue?.path.join('.') || 'the file'}: expected hosts and defaults` };
  }
  if (parsed.data.hosts.length > maxHosts) return { problem: `more than ${maxHosts} hosts` };
  const hosts = new Map<string, Host>();
  let room = maxApplied;
  for (const [name, given] of parsed.data.hosts) {
    if (!hostName.safeParse(name).success) return { problem: problemOfName(name) };
    if (hosts.has(name)) return { problem: `${name} twice` };
    const checked = checkFields(merged(parsed.data.defaults ?? {}, given ?? {}));
    if ('problem' in checked) return { problem: `${name}: ${checked.problem}` };
    room -= Object.keys(checked.settings ?? {}).length;
    if (room < 0) return { problem: `more than ${maxApplied} settings of all hosts together` };
    hosts.set(name, { name, ...checked });
  }
  return { hosts: [...hosts.values()], groups: new Map([['all', new Set(hosts.keys())]]) };
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
