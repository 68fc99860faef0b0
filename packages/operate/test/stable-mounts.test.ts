import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseResolved } from '@bundle/compose';
import { instanceOf } from '@bundle/host';
import { sampleManifest } from '@bundle/testkit';
import { pinnedOverride } from '../src/up/local-images.ts';
import { stableMounts } from '../src/up/stable-mounts.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'stable-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

test('a start keeps the options of mounts: Compose drops what an override does not repeat', async () => {
  const instance = instanceOf(work, 'shop');
  const name = '1.0-111111111111';
  const folder = join(instance.root, 'releases', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'app.conf'), 'a');
  const files = [{ path: 'app.conf', size: 1, sha256: '0'.repeat(64) }];
  const release = { instance, name, folder, manifest: { ...sampleManifest(), files } };
  const mount = (source: string, target: string, bind: object) => ({
    ...{ type: 'bind', source: join(folder, source), target, bind },
  });
  const volumes = [
    mount('app.conf', '/app.conf', { create_host_path: true, selinux: 'Z' }),
    mount('data', '/data', { create_host_path: true, propagation: 'rslave' }),
    mount('plain', '/plain', { create_host_path: true }),
  ];
  const project = parseResolved(
    { name: 'shop', services: { web: { image: 'web', volumes } } },
    'x',
  );
  const text = pinnedOverride(new Map([['web', 'web:1']]), await stableMounts(release, project));
  const written = JSON.parse(text.replace(/^#.*/, ''));
  expect(written.services.web.volumes).toMatchObject([
    { target: '/app.conf', bind: { create_host_path: false, selinux: 'Z' } },
    { target: '/data', bind: { create_host_path: true, propagation: 'rslave' } },
    { target: '/plain', bind: { create_host_path: true } },
  ]);
  expect(Object.keys(written.services.web.volumes[2].bind)).toEqual(['create_host_path']);
});
