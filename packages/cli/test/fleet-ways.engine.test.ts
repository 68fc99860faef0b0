import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleCommand,
  docker,
  type SshHosts,
  sshAccounts,
  startEngines,
  startSshHosts,
} from '@bundle/testkit';
import { bundle } from './run-bundle.ts';
import { packRelease, pageImage } from './small-app.ts';

// Ways to a host by the real ssh: through a jump host, by an IPv6 address, and as an account that needs Debian's sudo.

const product = 'fleet-ways';
const engine = 'connected';
let work: string;
let fleet: SshHosts;
let packed: string;

const [jump, six, inner] = ['jump', 'six', 'inner'];
const command = bundleCommand[0];
const portOf = (name: string) => fleet.hosts.find((host) => host.name === name)?.port;

/** Runs `bundle deploy` on hosts. */
async function deploy(hosts: Readonly<Record<string, object>>, ...words: string[]) {
  const file = join(work, 'hosts.yaml');
  await writeFile(file, JSON.stringify({ hosts }));
  const state = ['--state-dir', join(work, 'own')];
  return bundle(['deploy', '--hosts', file, ...state, ...words], { env: fleet.env });
}

beforeAll(async () => {
  await startEngines('remote');
  work = await mkdtemp(join(tmpdir(), 'fleet-ways-'));
  await mkdir(join(work, 'ssh'));
  const image = `${product}/web:1`;
  const compose = `services: {web: {image: "${image}", stop_signal: SIGKILL, environment: ["WORD=\${WORD:-}"]}}\n`;
  const images = [pageImage(image, 'by ways')];
  packed = await packRelease(work, { product, version: '1.0', images, compose });
  fleet = await startSshHosts(join(work, 'ssh'), [
    { name: jump, engine },
    { name: six, engine, address: '::1' },
    { name: inner, engine, accounts: true },
  ]);
});
afterAll(async () => {
  await fleet?.stop();
  await rm(work, { recursive: true, force: true });
});

test('a release goes through a jump host to an account that needs sudo, with settings that its host alone has', async () => {
  const state = join(work, 'state');
  const settings = { WORD: "it's $HOME" };
  const user = sshAccounts.admin;
  const host = { user, sudo: true, command, stateDir: state, settings };
  const hosts = { [`${inner}-behind`]: host };
  const { code, stderr } = await deploy(hosts, packed, '--yes', '--settle', '0');
  try {
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const name = `${product}-web-1`;
    expect(await docker(engine, 'exec', name, 'sh', '-c', 'echo "$WORD"')).toBe(settings.WORD);
  } finally {
    await docker(engine, 'rm', '-f', `${product}-web-1`);
  }
});

test('hosts are reached by an IPv6 address and through a jump host', async () => {
  const hosts = {
    [six]: { address: '::1', port: portOf(six), command },
    [`${jump}-behind`]: { command },
  };
  const { code, stderr } = await deploy(hosts, '--status');
  expect({ code, stderr }).toMatchObject({ code: 0 });
});

test('a host whose sudo asks for a password, and one behind a jump host that is down, say so at once', async () => {
  const account = { user: sshAccounts.asked, sudo: true, command };
  const hosts = { [inner]: account, [`${six}-lost`]: {} };
  const { code, stderr } = await deploy(hosts, packed, '--yes');
  expect(code).toBe(161);
  expect(stderr).toContain('sudo: a password is required');
  expect(stderr).toContain('Let that user run sudo without a password');
  expect(stderr).toMatch(/connecting to six-lost: .*Connection refused/);
  expect(stderr).toContain('Check the name and the port');
});
