// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BareHost, makeStick } from '@bundle/testkit';
import { ending, healthy, packRelease, pageImage } from './small-app.ts';

const run = promisify(execFile);
const product = 'service-test';
const compose = `name: ${product}
services:
  web:
    image: service-test/web:1
    stop_signal: SIGKILL
    ports: ["\${HTTP_PORT:-8090}:80"]
    healthcheck: ${healthy('wget -q -O /dev/null http://127.0.0.1/')}
`;
// A host booted by systemd, which starts its engine; the application has no restart policy.
let work: string;
let host: BareHost;
const flags = ['--systemd', '--compose'];
const odd = '/srv/50% of $HOME "x"';
const quick = ['--yes', '--settle', '0', '--no-progress'];
const second = ['--name', 'second', '--state-dir', odd];
const bundle = (...args: string[]) => host.run('/media/stick/bundle', ...args);
const systemctl = async (...args: string[]): Promise<string> =>
  (await host.run('systemctl', ...args)).stdout.trim();

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'service-'));
  const content = join(work, 'stick');
  await mkdir(content);
  const images = [pageImage('service-test/web:1', 'here again')];
  const packed = await packRelease(work, { product, version: '1.0', images, compose });
  await rename(packed, join(content, 'app.tar'));
  const built = await run(join(import.meta.dirname, '../../../scripts/build-runtime'));
  await copyFile(built.stdout.trim(), join(content, 'bundle'));
  await makeStick(content, join(work, 'stick.img'));
  flags.push('--stick', join(work, 'stick.img'));
  host = new BareHost(await mkdtemp('/tmp/s-'));
  await host.start(...flags);
  await ending(0, bundle('import', '/media/stick/app.tar', '--up', ...quick));
  const set = ['--set', 'HTTP_PORT=8091'];
  await ending(0, bundle('import', '/media/stick/app.tar', '--up', ...quick, ...second, ...set));
});
afterAll(async () => {
  await host.stop();
  await rm(host.folder, { recursive: true, force: true });
  await rm(work, { recursive: true, force: true });
});

/** Pages of both instances, as soon as they answer and their starts have ended. */
async function pages(): Promise<string[]> {
  const wait = ['--retry', '60', '--retry-delay', '1', '--retry-all-errors', '-sS'];
  const page = async (port: number) =>
    (await host.inNetwork('curl', ...wait, `http://127.0.0.1:${port}/`)).stdout.trim();
  const found = [await page(8090), await page(8091)];
  await ending(0, host.run('systemctl', 'start', 'bundle-service-test', 'bundle-second'));
  return found;
}

test('the unit is shown, installed and on; the same again changes nothing', async () => {
  const install = ['service', 'install', '--name', product, '--yes'];
  const { stdout } = await ending(0, bundle('service', 'install', '--name', product, '--print'));
  const { stderr } = await ending(0, bundle(...install));
  expect(stderr).toContain('systemctl enable --now bundle-service-test.service');
  const unit = '/etc/systemd/system/bundle-service-test.service';
  expect((await host.run('cat', unit)).stdout).toBe(stdout);
  expect(stdout).toContain('/var/lib/bundle/service-test/current/runtime/bundle up --yes');
  const again = await ending(0, bundle(...install));
  expect(again.stdout).toContain('Installed already');
  await ending(0, bundle('service', 'install', ...second, '--yes'));
  const states = ['is-enabled', 'is-active'].map((what) =>
    systemctl(what, 'bundle-service-test', 'bundle-second'),
  );
  expect(await Promise.all(states)).toEqual(['enabled\nenabled', 'active\nactive']);
  const { stdout: status } = await ending(0, bundle('service', 'status', ...second));
  expect(status).toMatch(/bundle-second\.service +enabled +active/);
});

test('after a power cut both instances run again, without anybody', async () => {
  await host.stop();
  await host.start(...flags);
  expect(await pages()).toEqual(['here again', 'here again']);
  await ending(0, bundle('status', '--name', product));
});

test('when the engine is started again, so is the application', async () => {
  expect(await systemctl('restart', 'docker.service')).toBe('');
  expect(await pages()).toEqual(['here again', 'here again']);
});

test('a unit of that name that is of another application stays as it is', async () => {
  const other = ['--name', 'second', '--state-dir', '/srv/other'];
  const set = ['--set', 'HTTP_PORT=8092'];
  await ending(0, bundle('import', '/media/stick/app.tar', '--yes', ...other, ...set));
  const { stderr } = await ending(83, bundle('service', 'install', '--yes', ...other));
  expect(stderr).toContain('/etc/systemd/system/bundle-second.service');
});

test('uninstalling the application says that its service goes, and removes it', async () => {
  const { stderr } = await ending(0, bundle('uninstall', '--name', product, '--yes'));
  expect(stderr).toContain('service: /etc/systemd/system/bundle-service-test.service');
  const { stdout } = await host.run('sh', '-c', 'ls /etc/systemd/system/*/ /etc/systemd/system');
  expect(stdout).not.toContain('service-test');
  expect(stdout).toContain('bundle-second');
  expect(await systemctl('is-active', 'bundle-service-test')).toBe('inactive');
  await ending(0, bundle('service', 'uninstall', ...second, '--yes'));
  const { stdout: status } = await ending(0, bundle('service', 'status', ...second));
  expect(status).toContain('No service');
});
