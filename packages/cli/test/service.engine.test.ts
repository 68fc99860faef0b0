// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BareHost, fetchCommand, makeStick } from '@bundle/testkit';
import { ending, healthy, packRelease, pageImage } from './small-app.ts';

const run = promisify(execFile);
const product = 'service-test';
const endsWell = '["sh", "-c", "trap \'exit 0\' TERM; while :; do sleep 1 & wait $$!; done"]';
const compose = `name: ${product}
services:
  web:
    image: service-test/web:1
    stop_signal: SIGKILL
    ports: ["\${HTTP_PORT:-8090}:80"]
    healthcheck: ${healthy('wget -q -O /dev/null http://127.0.0.1/')}
  # As most servers, these end with 0 when the engine stops them.
  server:
    image: service-test/web:1
    command: ${endsWell}
    healthcheck: ${healthy('true')}
  worker:
    image: service-test/web:1
    command: ${endsWell}
`;
// A host booted by systemd, which starts its engine; the application has no restart policy.
let work: string;
let host: BareHost;
const flags = ['--systemd', '--compose'];
const odd = '/srv/50% of $HOME "x"';
const quick = ['--yes', '--settle', '0', '--no-progress'];
const second = ['--name', 'second', '--state-dir', odd];
const bundle = (...args: string[]) => host.run('/media/stick/bundle', ...args);
/** A user with access to the engine and a state folder of their own. */
const theirs = ['--name', 'theirs', '--state-dir', '/home/app/state'];
const asUser = (...args: string[]) => {
  // As with `sudo -u`: nothing points to the user’s manager.
  const env = ['HOME=/home/app', 'PATH=/usr/bin:/bin'];
  return host.run('chroot', '--userspec=1000:1000', '--groups=999', '/', 'env', ...env, ...args);
};
/** What a login does by PAM, logind and D-Bus, which this host has not, and \`loginctl enable-linger\`. */
const userManager = `echo app:x:1000:1000::/home/app:/bin/sh >>/etc/passwd; printf 'root:x:0:\\ndocker:x:999:app\\n' >/etc/group
mkdir -p /home/app && chown 1000:1000 /home/app && cd /etc/systemd/system
mkdir user@.service.d user-runtime-dir@.service.d
printf '[Service]\nPAMName=\nEnvironment=XDG_RUNTIME_DIR=/run/user/%%i\n' >user@.service.d/here.conf
printf '[Service]\nExecStart=\nExecStart=/bin/sh -c "mkdir -p /run/user/%%i && chmod 700 /run/user/%%i && chown %%i:%%i /run/user/%%i"\nExecStop=\n' >user-runtime-dir@.service.d/here.conf
ln -s /usr/lib/systemd/system/user@.service multi-user.target.wants/user@1000.service
systemctl daemon-reload && systemctl start user@1000.service`;
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

/** Returns the pages of all instances as soon as they answer and their starts have finished. */
async function pages(): Promise<string[]> {
  const page = async (port: number): Promise<string> => {
    for (let tries = 60; ; tries -= 1) {
      const command = fetchCommand(`http://127.0.0.1:${port}/`);
      const { code, stdout } = await host.inNetwork(...command);
      if (code === 0 || tries === 0) return stdout.trim();
      await sleep(1000);
    }
  };
  const found = [await page(8090), await page(8091), await page(8092)];
  await ending(0, host.run('systemctl', 'start', 'bundle-service-test', 'bundle-second'));
  return found;
}

/** Returns how the services are, which all have to run. */
async function services(): Promise<string[]> {
  const { stdout } = await ending(0, bundle('status', '--name', product, '--json'));
  const all: { service: string; why: string }[] = JSON.parse(stdout).instances[0].services;
  return all.map(({ service, why }) => `${service} ${why}`).sort();
}
const allRun = ['server healthy', 'web healthy', 'worker running'];

test('the unit is shown, installed and enabled; repeating it changes nothing', async () => {
  const install = ['service', 'install', '--name', product, '--yes'];
  const { stdout } = await ending(0, bundle('service', 'install', '--name', product, '--print'));
  const { stderr } = await ending(0, bundle(...install));
  expect(stderr).toContain('systemctl enable --now bundle-service-test.service');
  const unit = '/etc/systemd/system/bundle-service-test.service';
  expect((await host.run('cat', unit)).stdout).toBe(stdout);
  expect(stdout).toContain('/var/lib/bundle/service-test/current/runtime/bundle up --yes');
  const again = await ending(0, bundle(...install));
  expect(again.stdout).toContain('Already installed');
  await ending(0, bundle('service', 'install', ...second, '--yes'));
  const states = ['is-enabled', 'is-active'].map((what) =>
    systemctl(what, 'bundle-service-test', 'bundle-second'),
  );
  expect(await Promise.all(states)).toEqual(['enabled\nenabled', 'active\nactive']);
  const { stdout: status } = await ending(0, bundle('service', 'status', ...second));
  expect(status).toMatch(/bundle-second\.service +enabled +active/);
});

test('a user installs a unit in their own manager, which has to be running', async () => {
  const install = ['/media/stick/bundle', 'service', 'install', ...theirs, '--yes'];
  const set = ['--set', 'HTTP_PORT=8092'];
  const args = ['import', '/media/stick/app.tar', '--up', ...quick, ...theirs, ...set];
  await ending(0, host.run('sh', '-c', userManager.split('\n').slice(0, 2).join('\n')));
  await ending(0, asUser('/media/stick/bundle', ...args));
  const { stderr } = await ending(82, asUser(...install));
  expect(stderr).toContain('loginctl enable-linger');
  await ending(0, host.run('sh', '-c', userManager.split('\n').slice(1).join('\n')));
  const { stderr: shown } = await ending(0, asUser(...install));
  expect(shown).toContain('systemctl --user enable --now bundle-theirs.service');
  const { stdout } = await ending(0, asUser('/media/stick/bundle', 'service', 'status', ...theirs));
  expect(stdout).toMatch(/\/home\/app\/\.config\/systemd\/user\/bundle-theirs\.service/);
  expect(stdout).toMatch(/enabled +active/);
});

test('after a power cut all instances run again without help', async () => {
  await host.stop();
  await host.start(...flags);
  expect(await pages()).toEqual(Array(3).fill('here again'));
  expect(await services()).toEqual(allRun);
});

test('when the engine is restarted, so is the application', async () => {
  expect(await systemctl('restart', 'docker.service')).toBe('');
  // A user’s manager does not know the units of the system.
  await ending(
    0,
    asUser('XDG_RUNTIME_DIR=/run/user/1000', 'systemctl', '--user', 'restart', 'bundle-theirs'),
  );
  expect(await pages()).toEqual(Array(3).fill('here again'));
  expect(await services()).toEqual(allRun);
});

test('an existing unit of another application stays unchanged', async () => {
  const other = ['--name', 'second', '--state-dir', '/srv/other'];
  const set = ['--set', 'HTTP_PORT=8093'];
  await ending(0, bundle('import', '/media/stick/app.tar', '--yes', ...other, ...set));
  const { stderr } = await ending(83, bundle('service', 'install', '--yes', ...other));
  expect(stderr).toContain('/etc/systemd/system/bundle-second.service');
});

test('uninstalling the application announces and removes its service', async () => {
  const { stderr } = await ending(0, bundle('uninstall', '--name', product, '--yes'));
  expect(stderr).toContain('service: /etc/systemd/system/bundle-service-test.service');
  const { stdout } = await host.run('sh', '-c', 'ls /etc/systemd/system/*/ /etc/systemd/system');
  expect(stdout).not.toContain('service-test');
  expect(stdout).toContain('bundle-second');
  expect(await systemctl('is-active', 'bundle-service-test')).toBe('inactive');
  await ending(0, bundle('service', 'uninstall', ...second, '--yes'));
  const { stdout: status } = await ending(0, bundle('service', 'status', ...second));
  expect(status).toContain('No service');
  await ending(0, asUser('/media/stick/bundle', 'uninstall', ...theirs, '--yes'));
  expect((await host.run('find', '/home/app/.config', '-name', 'bundle-*')).stdout).toBe('');
});
