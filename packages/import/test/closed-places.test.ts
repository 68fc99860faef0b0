import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instanceOf } from '@bundle/host';
import { behindClosedDoors, sampleManifest } from '@bundle/testkit';
import { hostFeatures } from '../src/preflight/host-features.ts';
import { missingFiles } from '../src/preflight/needed-files.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'closed-'));
  await chmod(work, 0o755);
});
afterEach(() => rm(work, { recursive: true, force: true }));

test('a member of the group docker can import what only root may look at: the engine opens it', async () => {
  const [closed, open] = [join(work, 'root'), join(work, 'open')];
  const instance = instanceOf(join(work, 'state'), 'shop');
  const release = {
    instance,
    folder: join(instance.root, 'releases/1'),
    manifest: sampleManifest(),
  };
  const needed = [closed, open].map((folder) => ({
    service: 'web',
    what: 'secret pw',
    path: join(folder, 'pw.txt'),
  }));
  const devices = [closed, open].map((folder) => ({
    service: 'web',
    kind: 'device' as const,
    of: 'devices',
    detail: join(folder, 'device'),
  }));
  await behindClosedDoors(closed, async () => {
    expect(await missingFiles(needed, release, undefined)).toEqual([needed[1]]);
    const gpu = { service: 'web', kind: 'gpu' as const, of: 'gpus', detail: '' };
    const { missing, hasNvidia } = await hostFeatures([...devices, gpu], false, closed);
    expect([...missing]).toEqual([join(open, 'device')]);
    expect(hasNvidia).toBe(false);
  });
});
