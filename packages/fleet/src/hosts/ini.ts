import { isIPv6 } from 'node:net';
import { maxLineChars, type Variables } from './host.ts';
import { AnsibleInventory, type FoundHosts } from './inventory.ts';

type Problem = { readonly problem: string };

/** Reads an inventory of Ansible in INI. Returns what is wrong, with its line, if anything is. */
export function readIni(text: string): FoundHosts | Problem {
  const inventory = new AnsibleInventory();
  let section = 'ungrouped';
  let kind = 'hosts';
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    const at = (problem: string): Problem => ({ problem: `line ${index + 1}: ${problem}` });
    if (line === '' || /^[#;]/.test(line)) continue;
    if (line.length > maxLineChars) return at(`more than ${maxLineChars} characters`);
    const head = /^\[([^\]:]+)(?::(\w+))?\]\s*(?:[#;].*)?$/.exec(line);
    // A line such as `[a:b]host` is a host with a range.
    if (head !== null) {
      [, section = '', kind = 'hosts'] = head;
      if (!['hosts', 'vars', 'children'].includes(kind))
        return at(`no such kind of section: ${kind}`);
      inventory.group(section);
      continue;
    }
    const problem = addLine(inventory, section, kind, line) ?? inventory.tooMany;
    if (problem !== undefined) return at(problem);
  }
  return inventory.finish();
}

function addLine(
  inventory: AnsibleInventory,
  section: string,
  kind: string,
  line: string,
): string | undefined {
  if (kind === 'vars') {
    const [, name, value = ''] = /^([^=\s]+)\s*=\s*(.*)$/s.exec(line) ?? [];
    if (name === undefined) return 'expected NAME=VALUE';
    inventory.group(section).vars.set(name, plainValue(value));
    return undefined;
  }
  const words = wordsOf(line);
  if (words === undefined) return 'a quotation mark without its other';
  const [pattern = '', ...rest] = words;
  if (kind === 'children') {
    inventory.group(pattern);
    inventory.group(section).children.add(pattern);
    return undefined;
  }
  const vars = new Map<string, unknown>();
  for (const word of rest) {
    const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    if (name === undefined)
      return `expected NAME=VALUE after the host, found ${JSON.stringify(word)}`;
    vars.set(name, plainValue(value));
  }
  return inventory.addHost(section, ...withPort(pattern, vars));
}

/** Splits `host:2222` and `[2001:db8::1]:2222`; another IPv6 address has more colons, a range has its own in brackets. */
export function withPort(pattern: string, vars: Map<string, unknown>): [string, Variables] {
  const [, address = '', ofAddress] = /^\[([^[\]]+)\](?::(\d{1,5}))?$/.exec(pattern) ?? [];
  if (isIPv6(address))
    return [address, ofAddress ? new Map([['ansible_port', ofAddress], ...vars]) : vars];
  const [, name, port] = /^((?:[^:[\]]|\[[^\]]*\])+):(\d{1,5})$/.exec(pattern) ?? [];
  if (name === undefined) return [pattern, vars];
  return [name, new Map([['ansible_port', port], ...vars])];
}

/** Splits a line into words as a shell does, up to a comment; undefined where a quotation mark has no end. */
function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  const word = /\s*(?:#.*$|((?:[^\s"'#\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|(?<=\S)#)+))/sy;
  let end = 0;
  while (line.slice(end).trim() !== '') {
    word.lastIndex = end;
    const match = word.exec(line);
    if (match === null) return undefined;
    if (match[1] !== undefined)
      words.push(match[1].replaceAll(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, unquote));
    end = word.lastIndex;
  }
  return words;
}

function unquote(_: string, escaped?: string, double?: string, single?: string): string {
  return escaped ?? double?.replaceAll(/\\(["\\])/g, '$1') ?? single ?? '';
}

/** Takes off the quotation marks around a value. */
function plainValue(text: string): string {
  const [, , inner] = /^(["'])(.*)\1$/s.exec(text.trim()) ?? [];
  return inner ?? text.trim();
}
