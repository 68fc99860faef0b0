import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemdAnalyze } from '@bundle/testkit';
import { engineUnitAt } from '../src/service/engine-unit.ts';
import { type ServiceOptions, serviceUnit } from '../src/service/unit.ts';

const run = promisify(execFile);
const options: ServiceOptions = {
  instance: 'shop',
  root: '/var/lib/bundle/shop',
  product: 'shop',
  command: ['/bin/true', 'up', '--yes', '--name', 'shop', '--state-dir', '/var/lib/bundle'],
  environment: { HOME: '/root' },
  user: false,
};
const line = (start: string, unit: string): string | undefined =>
  unit.split('\n').find((one) => one.startsWith(start));

test('the unit starts after the engine and stays active', () => {
  const { name, text } = serviceUnit({ ...options, engineUnit: 'docker.service' });
  expect(name).toBe('bundle-shop.service');
  expect(text).toContain('\nRequires=docker.service\nAfter=docker.service\n');
  expect(text).toContain('\nType=oneshot\nRemainAfterExit=yes\n');
  expect(line('ExecStart=', text)).toBe(
    'ExecStart=/bin/true up --yes --name shop --state-dir /var/lib/bundle',
  );
  expect(line('WantedBy=', text)).toBe('WantedBy=multi-user.target');
});

test.each([
  ['unix:///var/run/docker.sock', undefined, 'docker.service'],
  ['unix:///run/docker.sock', undefined, 'docker.service'],
  ['unix:///run/podman/podman.sock', undefined, 'podman.socket'],
  ['unix:///run/user/1000/docker.sock', 1000, 'docker.service'],
  ['unix:///run/user/1000/podman/podman.sock', 1000, 'podman.socket'],
  ['unix:///run/user/1000/podman/podman.sock', undefined, undefined],
  ['unix:///run/user/1001/docker.sock', 1000, undefined],
  ['tcp://build:2376', undefined, undefined],
])('the engine at %s, for user %s, is %s', (host, user, unit) => {
  expect(engineUnitAt(host, user)).toBe(unit);
});

test('a second instance and a user have their own units', () => {
  const { name, text } = serviceUnit({ ...options, instance: 'shop-test', user: true });
  expect(name).toBe('bundle-shop-test.service');
  expect(line('Description=', text)).toBe('Description=shop as shop-test, started by bundle');
  expect(line('WantedBy=', text)).toBe('WantedBy=default.target');
  expect(text).not.toContain('Requires=');
});

test.each([
  ['spaces', '/srv/my shop', '"/srv/my shop"'],
  ['a percent sign', '/srv/50%n', '"/srv/50%%n"'],
  ['a dollar sign', '/srv/$HOME', '"/srv/$$HOME"'],
  ['quotes and backslashes', `/srv/a"b'c\\d`, `"/srv/a\\"b'c\\\\d"`],
  ['a line break', '/srv/a\nb', '"/srv/a\\u000ab"'],
  ['a semicolon', ';', '";"'],
  ['nothing', '', '""'],
])('%s in a word is one word', (_case, word, expected) => {
  const { text } = serviceUnit({ ...options, command: ['/bin/true', word] });
  expect(line('ExecStart=', text)).toBe(`ExecStart=/bin/true ${expected}`);
});

test('a dollar sign in the path of the program is literal', () => {
  const { text } = serviceUnit({ ...options, command: ['/srv/$a/bundle', '$b'] });
  expect(line('ExecStart=', text)).toBe('ExecStart="/srv/$a/bundle" "$$b"');
});

test('a program whose path systemd rejects is run by a shell', () => {
  const { text } = serviceUnit({ ...options, command: ['/srv/a "b"/bundle', 'up'] });
  expect(line('ExecStart=', text)).toBe(
    String.raw`ExecStart=/bin/sh -c "exec \"$$0\" \"$$@\"" "/srv/a \"b\"/bundle" up`,
  );
});

// If systemd does not run, only root may create its working folder.
const canAnalyze = systemdAnalyze !== undefined && process.getuid?.() === 0;

(canAnalyze ? test : test.skip)('systemd-analyze finds no problem', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unit-'));
  try {
    const command = ['/bin/true', '50% of $HOME; "x"', '%n', 'a\nb'];
    const root = '/srv/a %b "c"';
    const { name, text } = serviceUnit({ ...options, root, command });
    await writeFile(join(folder, name), text);
    const words = ['--man=no', 'verify', join(folder, name)];
    const found = await run(systemdAnalyze ?? '', words);
    expect(found).toEqual({ stdout: '', stderr: '' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
