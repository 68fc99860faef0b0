import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHosts, readHosts } from '@bundle/fleet';

const ini = (text: string, limit: readonly string[] = []) => parseHosts('inventory', text, limit);
const yaml = (text: string, limit: readonly string[] = []) => parseHosts('hosts.yaml', text, limit);
const namesOf = (hosts: readonly { readonly name: string }[]) => hosts.map(({ name }) => name);

describe('a file of hosts in our own form', () => {
  test('names hosts, with defaults and what differs', () => {
    const text = `
defaults: {user: deploy, sudo: true, settings: {A: 1, B: two}}
hosts:
  shop-1:
  shop-2: {address: 10.0.0.2, port: 2222, sudo: false, settings: {B: 3}}
`;
    expect(yaml(text)).toEqual([
      { name: 'shop-1', user: 'deploy', sudo: true, settings: { A: '1', B: 'two' } },
      {
        name: 'shop-2',
        address: '10.0.0.2',
        port: 2222,
        user: 'deploy',
        sudo: false,
        settings: { A: '1', B: '3' },
      },
    ]);
  });

  test('may be a list of names', () => {
    expect(yaml('hosts: [a, b.example, "2001:db8::1"]')).toEqual([
      { name: 'a' },
      { name: 'b.example' },
      { name: '2001:db8::1' },
    ]);
  });

  test.each([
    ['a field that does not exist', 'hosts: {a: {adress: b}}', /a: .*adress/],
    ['a host twice', 'hosts: [a, a]', /a twice/],
    ['no host', 'hosts: []', /no host/],
    ['a port out of range', 'hosts: {a: {port: 70000}}', /a: port/],
    ['a port that is none', 'hosts: {a: {port: true}}', /a: port/],
    ['a port in another base', 'hosts: {a: {port: "0x16"}}', /a: port/],
    ['a port in its name', 'hosts: ["shop-1:2222"]', /a field of its own/],
    ['a name in Chinese', 'hosts: [门店]', /expected a host name/],
    ['something else', '[1, 2]', /neither groups nor hosts/],
    ['broken YAML', 'hosts: {a', /line 1/],
    ['a relative path', 'hosts: {a: {command: bundle}}', /a: command: expected an absolute path/],
    ['a setting without a name', 'hosts: {a: {settings: {"A B": 1}}}', /a: settings/],
  ])('is refused with %s', (_, text, found) => {
    expect(() => yaml(text)).toThrow(found);
  });
});

describe('names from a file', () => {
  const hostile = [
    '-oProxyCommand=touch /tmp/x',
    '-F/etc/passwd',
    'a b',
    'a;reboot',
    '$(reboot)',
    '`reboot`',
    'a\nb',
    'a\u0000b',
    'a\u001b[2J',
    'a\u202eb',
    "a'b",
    'a"b',
    'user@host',
    'ssh://host',
    'a/b',
    '',
    'x'.repeat(300),
  ];

  test.each(hostile)('never become options or commands: %j', (name) => {
    expect(() => yaml(JSON.stringify({ hosts: [name] }))).toThrow(/expected/);
    expect(() => yaml(JSON.stringify({ hosts: { a: { address: name } } }))).toThrow(/a: address/);
    expect(() => yaml(JSON.stringify({ all: { hosts: { [name]: null } } }))).toThrow(
      /expected|bracket/,
    );
    expect(() => yaml(JSON.stringify({ all: { hosts: { a: { ansible_host: name } } } }))).toThrow(
      /a: address/,
    );
  });

  test.each(hostile.filter((name) => name !== 'user@host'))('nor do users: %j', (name) => {
    expect(() => yaml(JSON.stringify({ hosts: { a: { user: name } } }))).toThrow(/a: user/);
  });

  test('are shown without what they would do to a terminal', () => {
    expect(() => yaml(JSON.stringify({ hosts: ['a\u001b[2J'] }))).toThrow(/\\u001b/);
  });
});

describe('an inventory of Ansible in INI', () => {
  test('has groups, ranges, variables and children', () => {
    const text = `
# a comment
lonely ansible_host=10.0.0.9

[web]
web[01:03].example  ansible_user=www   # not part of it
db-[a:b]:2222

[web:vars]
ansible_port=22
http_port={{ 8000 + 80 }}

[site:children]
web
lab

[lab]
"quoted" ansible_user='a_b' note="two words"
[all:vars]
ansible_become=yes
`;
    expect(ini(text).toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'db-a', port: 2222, sudo: true },
      { name: 'db-b', port: 2222, sudo: true },
      { name: 'lonely', address: '10.0.0.9', sudo: true },
      { name: 'quoted', user: 'a_b', sudo: true },
      { name: 'web01.example', user: 'www', port: 22, sudo: true },
      { name: 'web02.example', user: 'www', port: 22, sudo: true },
      { name: 'web03.example', user: 'www', port: 22, sudo: true },
    ]);
    expect(namesOf(ini(text, ['lab', 'db-a'])).toSorted()).toEqual(['db-a', 'quoted']);
    expect(ini(text, ['site'])).toHaveLength(6);
  });

  test('gives inner groups precedence over outer ones, and hosts over both', () => {
    const text =
      '[in]\na\nb ansible_user=own\n[in:vars]\nansible_user=inner\n[out:children]\nin\n[out:vars]\nansible_user=outer\nansible_port=5\n';
    expect(ini(text)).toEqual([
      { name: 'a', user: 'inner', port: 5 },
      { name: 'b', user: 'own', port: 5 },
    ]);
  });

  test.each([
    [
      'a template in a variable that counts',
      "a ansible_host=\"{{ lookup('env', 'X') }}\"",
      /ansible_host has a template/,
    ],
    [
      'arguments of ssh',
      "a ansible_ssh_common_args='-o ProxyCommand=evil'",
      /ansible_ssh_common_args belongs/,
    ],
    ['a password', 'a ansible_password=secret', /ansible_password needs a key/],
    ['another way to connect', 'a ansible_connection=docker', /ansible_connection=docker/],
    ['another way to become root', 'a ansible_become_method=su', /ansible_become_method=su/],
    ['a range without end', 'a[1:', /bracket/],
    ['a range that is none', 'a[x:9]', /not a range/],
    ['a range that is too long', 'a[1:999999999]', /more than 10000 hosts/],
    ['ranges that multiply', 'a[1:9999]b[1:9999]', /more than 10000 hosts/],
    ['an open quotation mark', 'a b="c', /line 1: a quotation mark/],
    ['groups in a circle', '[a:children]\nb\n[b:children]\na\n', /its own child/],
    ['an unknown kind of section', '[a:stuff]\n', /no such kind of section: stuff/],
    ['a program', '#!/bin/sh\necho', /a program/],
    ['something encrypted', '$ANSIBLE_VAULT;1.1;AES256\n00', /ansible-vault/],
  ])('is refused with %s', (_, text, found) => {
    expect(() => ini(text)).toThrow(found);
  });

  test('may have IPv6 addresses, with and without a port', () => {
    const text =
      '2001:db8::1\n[2001:db8::2]\n[2001:db8::3]:2222 ansible_user=deploy\nfe80::1%eth0\n';
    expect(ini(text)).toEqual([
      { name: '2001:db8::1' },
      { name: '2001:db8::2' },
      { name: '2001:db8::3', port: 2222, user: 'deploy' },
      { name: 'fe80::1%eth0' },
    ]);
  });

  test('shows no password', () => {
    expect(() => ini('a ansible_password=hunter2')).not.toThrow(/hunter2/);
  });

  test('does not run into hosts in a group that does not exist', () => {
    expect(() => ini('a', ['nowhere'])).toThrow(/no host and no group "nowhere"/);
  });
});

describe('variables of Ansible groups apply in the order of Ansible', () => {
  const users = (hosts: readonly { readonly name: string; readonly user?: string | undefined }[]) =>
    Object.fromEntries(hosts.map(({ name, user }) => [name, user]));
  const vars = (group: string, more = '') =>
    `[${group}:vars]\nansible_user=${group.slice(0, 3)}\n${more}`;

  test.each<[string, string, string, string]>([
    [
      'a group wins over `all` that is written first',
      `${vars('all')}[web]\na\n${vars('web')}`,
      '{all: {vars: {ansible_user: all}}, web: {hosts: {a: }, vars: {ansible_user: web}}}',
      'web',
    ],
    [
      'a group wins over `all` that names it as its child',
      `[all:children]\nzoo\n${vars('zoo')}[web]\na\n[zoo]\na\n${vars('web')}${vars('all')}`,
      '{all: {children: {web: {hosts: {a: }, vars: {ansible_user: web}}}, vars: {ansible_user: all}}, zoo: {hosts: {a: }, vars: {ansible_user: zoo}}}',
      'zoo',
    ],
    [
      'of two groups at one depth, the later name wins, whichever is written first',
      `[zoo]\na\n${vars('zoo')}[app]\na\n${vars('app')}`,
      '{zoo: {hosts: {a: }, vars: {ansible_user: zoo}}, app: {hosts: {a: }, vars: {ansible_user: app}}}',
      'zoo',
    ],
    [
      'a priority wins over the name, but not over the depth',
      `[zoo]\na\n${vars('zoo')}[app]\na\n${vars('app', 'ansible_group_priority=10\n')}[out:children]\nzoo\napp\n${vars('out', 'ansible_group_priority=99\n')}`,
      '{out: {children: {zoo: {hosts: {a: }, vars: {ansible_user: zoo}}, app: {hosts: {a: }, vars: {ansible_user: app, ansible_group_priority: 10}}}, vars: {ansible_user: out, ansible_group_priority: 99}}}',
      'app',
    ],
    [
      'of the variables of a host itself, those that are written later win',
      '[zoo]\na ansible_user=first\n[app]\na ansible_user=second\n',
      '{zoo: {hosts: {a: {ansible_user: first}}}, app: {hosts: {a: {ansible_user: second}}}}',
      'second',
    ],
  ])('%s', (_, asIni, asYaml, user) => {
    expect(users(ini(asIni))).toEqual({ a: user });
    expect(users(yaml(asYaml))).toEqual({ a: user });
  });

  test('and a priority that is not a number is refused', () => {
    const text = '[web]\na\n[web:vars]\nansible_group_priority=high\n';
    expect(() => ini(text)).toThrow(/web: ansible_group_priority=high: not a number/);
  });
});

test('a host that cannot be deployed to is refused only where it is chosen', () => {
  const text = 'localhost ansible_connection=local\n[web]\nweb1\n';
  expect(ini(text, ['web1'])).toEqual([{ name: 'web1' }]);
  expect(ini(text, ['web'])).toEqual([{ name: 'web1' }]);
  expect(() => ini(text)).toThrow(/localhost: ansible_connection=local: only ssh is spoken/);
  expect(() => ini(text, ['all'])).toThrow(/localhost/);
});

test('an inventory of Ansible in YAML has groups in groups', () => {
  const text = `
all:
  vars: {ansible_user: everybody, secret: !vault x}
  hosts: {top: {ansible_host: 10.0.0.1}}
  children:
    web:
      hosts: {"web[1:2]": {bundle_settings: {PORT: 8080}}}
      vars: {ansible_user: www, bundle_state_dir: /srv/bundle}
    empty:
`;
  expect(yaml(text)).toEqual([
    { name: 'top', address: '10.0.0.1', user: 'everybody' },
    { name: 'web1', user: 'www', stateDir: '/srv/bundle', settings: { PORT: '8080' } },
    { name: 'web2', user: 'www', stateDir: '/srv/bundle', settings: { PORT: '8080' } },
  ]);
  expect(namesOf(yaml(text, ['web']))).toEqual(['web1', 'web2']);
});

test('a host of an inventory in YAML may have its port in its name, as in INI', () => {
  const hosts = '{"[2001:db8::1]:2222": {ansible_user: deploy}, "[2001:db8::2]": , "db:22": }';
  expect(yaml(`all: {hosts: ${hosts}}`)).toEqual([
    { name: '2001:db8::1', port: 2222, user: 'deploy' },
    { name: '2001:db8::2' },
    { name: 'db', port: 22 },
  ]);
});

test('a file without an ending is read as what it looks like', () => {
  expect(parseHosts('inventory', 'all:\n  hosts:\n    a:\n')).toEqual([{ name: 'a' }]);
  expect(parseHosts('inventory', '---\nhosts: [a]\n')).toEqual([{ name: 'a' }]);
  expect(parseHosts('inventory', '\uFEFF[web]\r\na\r\n')).toEqual([{ name: 'a' }]);
});

describe('a file far larger than any list of hosts', () => {
  test.each([
    ['a list', () => yaml(`hosts: [${Array.from({ length: 10_001 }, (_, i) => `h${i}`)}]`)],
    ['groups', () => ini('[a]\na[1:6000]\n[b]\nb[1:6000]\n')],
  ])('is refused by the number of its hosts: %s', (_, read) => {
    expect(read).toThrow('more than 10000 hosts');
  });

  test('is not read to its end, and one that is not there is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hosts-'));
    const file = join(folder, 'hosts.yaml');
    await writeFile(file, `hosts: [a]\n${'# comment\n'.repeat(500_000)}`);
    await expect(readHosts(file)).rejects.toThrow('expected at most');
    await expect(readHosts(join(folder, 'none'))).rejects.toThrow(/none: .*no such file/);
    await rm(folder, { recursive: true });
  });
});
