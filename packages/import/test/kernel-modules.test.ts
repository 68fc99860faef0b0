import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { kernelModules } from '../src/preflight/modules.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'modules-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function put(path: string, content: string | Buffer): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

const found = async (...names: string[]): Promise<unknown> =>
  Object.fromEntries(await kernelModules(names, root));

test('modules are found that are loaded, mounted, built in, or in the folder of this kernel', async () => {
  await put('sys/module/vxlan/parameters/udp_port', '8472');
  await put('proc/filesystems', 'nodev\tsysfs\n\text4\nnodev\tnfs\n');
  await put(`lib/modules/${release()}/modules.builtin`, 'kernel/drivers/net/macvlan.ko\n');
  await put(
    `lib/modules/${release()}/modules.dep`,
    'kernel/fs/smb/client/cifs.ko.zst: kernel/lib/md4.ko.zst\nkernel/net/wire-guard.ko:\n',
  );
  expect(await found('vxlan', 'nfs', 'macvlan', 'cifs', 'wire_guard', 'md4', 'ipvlan')).toEqual({
    vxlan: true,
    nfs: true,
    macvlan: true,
    cifs: true,
    wire_guard: true,
    // Only what depends on it is listed here.
    md4: false,
    ipvlan: false,
  });
});

test('a kernel without a folder of modules is asked how it was built', async () => {
  const config = '# CONFIG_IPVLAN is not set\nCONFIG_MACVLAN=y\nCONFIG_NFS_FS=m\n';
  await put('proc/config.gz', gzipSync(config));
  expect(await found('macvlan', 'ipvlan', 'wireguard', 'nfs')).toEqual({
    macvlan: true,
    ipvlan: false,
    wireguard: false,
  });
});

test('a kernel that shows nothing leaves it open; names are not taken for paths or patterns', async () => {
  expect(await found('macvlan')).toEqual({});
  await put('etc/passwd', '');
  await put('proc/config.gz', gzipSync('CONFIG_X=y\n'));
  expect(await found('../../etc/passwd', '.*', '')).toEqual({});
});
