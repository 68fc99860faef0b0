import { readTextIfThere } from '@bundle/files';
import { BundleError } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { readAnsibleYaml } from './ansible-yaml.ts';
import type { Host } from './host.ts';
import { readIni } from './ini.ts';
import { invalidHosts } from './invalid.ts';
import type { FoundHosts } from './inventory.ts';
import { isOwnForm, readOwn } from './own-yaml.ts';

/**
 * Reads a file of hosts: our own form, or an inventory of Ansible in YAML or INI. With `limit`, only the hosts and
 * groups of these names. Fails with `hosts-invalid` and `input-unreadable`.
 */
export async function readHosts(
  path: string,
  limit: readonly string[] = [],
): Promise<readonly Host[]> {
  const text = await readTextIfThere(path);
  if (text !== undefined) return parseHosts(path, text, limit);
  throw new BundleError('input-unreadable', {
    operation: 'reading',
    subject: path,
    expected: 'a file of hosts: our own form, or an inventory of Ansible',
    found: 'no such file',
    hint: 'Check the path.',
  });
}

/** The same for the text of the file. */
export function parseHosts(
  path: string,
  text: string,
  limit: readonly string[] = [],
): readonly Host[] {
  const found = read(path, text.replace(/^\uFEFF/, ''));
  if ('problem' in found) throw invalidHosts(path, found.problem);
  const { hosts, groups } = found;
  const wanted = new Set<string>();
  for (const name of limit) {
    const members =
      groups.get(name) ?? hosts.filter((host) => host.name === name).map((h) => h.name);
    if ([...members].length === 0) {
      throw invalidHosts(path, `no host and no group ${JSON.stringify(name)}`, 'Correct --limit.');
    }
    for (const member of members) wanted.add(member);
  }
  const chosen = limit.length === 0 ? hosts : hosts.filter(({ name }) => wanted.has(name));
  if (chosen.length === 0) throw invalidHosts(path, 'no host');
  return chosen.map((host) => {
    if ('problem' in host) throw invalidHosts(path, `${host.name}: ${host.problem}`);
    return host;
  });
}

function read(path: string, text: string): FoundHosts | { readonly problem: string } {
  if (text.startsWith('#!')) return { problem: 'a program: only files are read as inventories' };
  if (text.startsWith('$ANSIBLE_VAULT')) return { problem: 'a file that ansible-vault encrypted' };
  if (looksLikeIni(path, text)) return readIni(text);
  const { value, findings } = parseYamlDocument(text, path);
  const [first] = findings;
  if (first !== undefined) return { problem: `line ${first.line ?? 1}: ${first.message}` };
  return isOwnForm(value) ? readOwn(value) : readAnsibleYaml(value);
}

/** A file without an ending may be either, as in Ansible: the first line that says something tells. */
function looksLikeIni(path: string, text: string): boolean {
  if (/\.(ya?ml|json)$/i.test(path)) return false;
  if (/\.(ini|cfg)$/i.test(path)) return true;
  const line =
    text
      .split('\n')
      .find((one) => /^\s*[^\s#;]/.test(one))
      ?.trim() ?? '';
  return !/^(---|\{)|^[^\s=[\]]+:(\s|$)/.test(line);
}
