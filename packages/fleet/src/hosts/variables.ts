import { checkFields, type HostFields, type Variables } from './host.ts';

/** Variables of Ansible, and our own in an inventory, with the field of a host that each sets. */
const known: ReadonlyMap<string, keyof HostFields> = new Map([
  ['ansible_host', 'address'],
  ['ansible_ssh_host', 'address'],
  ['ansible_port', 'port'],
  ['ansible_ssh_port', 'port'],
  ['ansible_user', 'user'],
  ['ansible_ssh_user', 'user'],
  ['ansible_become', 'sudo'],
  ['bundle_state_dir', 'stateDir'],
  ['bundle_command', 'command'],
  ['bundle_settings', 'settings'],
]);

const inConfig = 'belongs into ~/.ssh/config here, where ssh itself reads it';

/** Variables that change how Ansible connects and that are not followed: connecting without them would surprise. */
const refused: ReadonlyMap<string, string> = new Map([
  ['ansible_ssh_common_args', inConfig],
  ['ansible_ssh_extra_args', inConfig],
  ['ansible_ssh_args', inConfig],
  ['ansible_ssh_executable', inConfig],
  ['ansible_ssh_private_key_file', inConfig],
  ['ansible_private_key_file', inConfig],
  ['ansible_password', 'needs a key instead: nothing is asked and no password is passed on'],
  ['ansible_ssh_pass', 'needs a key instead: nothing is asked and no password is passed on'],
  ['ansible_become_password', 'needs sudo without a password'],
  ['ansible_become_pass', 'needs sudo without a password'],
  ['ansible_become_user', 'is not followed: sudo means root'],
]);

/** Returns the fields of a host from variables of Ansible, or what is wrong. Other variables are left alone. */
export function fieldsOf(vars: Variables): HostFields | { readonly problem: string } {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of vars) {
    const why = refused.get(name);
    if (why !== undefined) return { problem: `${name} ${why}` };
    if (
      name === 'ansible_connection' &&
      !['ssh', 'smart', 'paramiko', 'paramiko_ssh'].includes(String(value))
    ) {
      return { problem: `ansible_connection=${String(value)}: only ssh is spoken` };
    }
    if (name === 'ansible_become_method' && value !== 'sudo') {
      return { problem: `ansible_become_method=${String(value)}: only sudo is used` };
    }
    const field = known.get(name);
    if (field === undefined) continue;
    if (hasTemplate(value)) {
      return { problem: `${name} has a template ({{ … }}), which only Ansible can fill in` };
    }
    fields[field] =
      field === 'sudo' ? booleanOf(value) : field === 'port' ? value : textOf(field, value);
  }
  return checkFields(fields);
}

function hasTemplate(value: unknown): boolean {
  if (typeof value === 'string') return /\{\{|\{%/.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasTemplate);
}

/** The words that Ansible takes for true and false. */
function booleanOf(value: unknown): unknown {
  if (typeof value === 'boolean') return value;
  if (/^(true|yes|on|1|y|t)$/i.test(String(value))) return true;
  return /^(false|no|off|0|n|f)$/i.test(String(value)) ? false : value;
}

/** YAML makes a number of an address or a name that looks like one. */
function textOf(field: keyof HostFields, value: unknown): unknown {
  return field !== 'settings' && typeof value === 'number' ? String(value) : value;
}
