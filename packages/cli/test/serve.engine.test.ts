import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleCommand, docker, dockerHost, onEngine, startOnEngine } from '@bundle/testkit';
import { bigLayer, buildBundle } from '../../registry/test/fixture.ts';
import { shows } from './run-bundle.ts';

// In the network namespace of an engine with only `lo`. packages/registry/test tests pulls by Docker on both stores.

const engine = 'offline-28';
const port = '5017';
const image = `127.0.0.1:${port}/serve-test/api:1.0`;
let work: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'serve-engine-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

test('docker, skopeo and containerd pull from bundle serve', async () => {
  const bundle = join(work, 'shop.tar');
  const layers = [{ text: 'base' }, bigLayer(2_000_000)];
  const { images } = await buildBundle(bundle, [{ reference: 'serve-test/api:1.0', layers }]);
  const serve = [...bundleCommand, 'serve', bundle, '--port', port];
  const server = startOnEngine(engine, serve);
  if (server.stderr === null || server.stdout === null) throw new Error('no output');
  const served = shows(server.stdout, 'Served');
  try {
    await shows(server.stderr, `docker pull ${image}`);
    await docker(engine, 'pull', '-q', image);
    const inspect = ['image', 'inspect', '-f', '{{json .RootFS.Layers}}', image];
    expect(JSON.parse(await docker(engine, ...inspect))).toEqual(images[0]?.diffIds);

    const from = ['--src-tls-verify=false', `docker://${image}`];
    const to = join(work, 'skopeo');
    const skopeo = ['skopeo', '--insecure-policy', 'copy', '-q', ...from, `dir:${to}`];
    expect(await onEngine(engine, skopeo)).toMatchObject({ code: 0 });
    await access(join(to, 'manifest.json'));

    const data = dirname((await dockerHost(engine)).slice('unix://'.length));
    const socket = join(data, 'run/containerd/containerd.sock');
    const ctr = ['ctr', '-a', socket, '-n', 'serve-test', 'images'];
    const pull = ['pull', '--plain-http', '--local', '--snapshotter', 'native', image];
    expect(await onEngine(engine, [...ctr, ...pull])).toMatchObject({ code: 0 });
    await onEngine(engine, [...ctr, 'rm', image]);
  } finally {
    await docker(engine, 'rmi', '-f', image);
    server.kill('SIGTERM');
  }
  await served;
});
