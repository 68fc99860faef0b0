import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packTar } from '@bundle/archive';
import {
  connectedEngines,
  docker,
  dockerHost,
  type EngineName,
  engineEnv,
  imageArchive,
  layerOf,
  offlineEngines,
  podmanEngine,
  remoteEngine,
  sshAddress,
  startEngines,
} from '@bundle/testkit';
import { createDockerEngine } from '../src/docker/engine.ts';
import { resolveEndpoint } from '../src/endpoint.ts';
import type { Engine } from '../src/engine.ts';
import { createLayoutEngine } from '../src/oci-layout/engine.ts';
import { testEngine } from './contracts/engine-contract.ts';

const never = new AbortController().signal;
const dockerNames: readonly EngineName[] = [...connectedEngines, ...offlineEngines];

let work: string;
beforeAll(async () => {
  await startEngines(podmanEngine);
  work = await mkdtemp(join(tmpdir(), 'contract-'));
});
afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

const adapters: [string, () => Promise<Engine>, () => Promise<unknown>][] = [
  [
    'the embedded engine',
    async () => createLayoutEngine(join(work, 'layout')),
    async () => undefined,
  ],
  ...dockerNames.map((name): [string, () => Promise<Engine>, () => Promise<unknown>] => [
    `Docker, ${name}`,
    async () => createDockerEngine(await resolveEndpoint(await dockerHost(name), {})),
    () => docker(name, 'rmi', '-f', 'contract/one:1', 'contract/two:1'),
  ]),
  [
    'podman',
    async () => createDockerEngine(await resolveEndpoint(await dockerHost(podmanEngine), {})),
    () => docker(podmanEngine, 'rmi', '-f', 'contract/one:1', 'contract/two:1'),
  ],
  [
    'Docker on another host, over TLS',
    async () => createDockerEngine(await resolveEndpoint(undefined, await engineEnv(remoteEngine))),
    () => docker(remoteEngine, 'rmi', '-f', 'contract/one:1', 'contract/two:1'),
  ],
  [
    'Docker on another host, over SSH',
    async () => {
      const address = await sshAddress('offline-28-containerd');
      return createDockerEngine(await resolveEndpoint(address, await engineEnv(remoteEngine)));
    },
    () => docker('offline-28-containerd', 'rmi', '-f', 'contract/one:1', 'contract/two:1'),
  ],
];

describe.each(adapters)('%s', (name, open, clean) => {
  // A folder on another machine is meaningless here.
  testEngine(open, clean, { isHere: !name.includes('another host') });
});

test.each(offlineEngines)(
  '%s reports its resources, and which names and ports are in use by whom',
  async (name) => {
    const engine = await createDockerEngine(await resolveEndpoint(await dockerHost(name), {}));
    const label = ['--label', 'com.docker.compose.project=inventory'];
    const image = imageArchive('contract/inventory:1', [layerOf('inventory')]);
    await engine.loadImages(
      packTar(image.archive, () => undefined),
      never,
    );
    await docker(name, 'volume', 'create', ...label, 'inventory_data');
    await docker(name, 'network', 'create', ...label, 'inventory_net');
    const flags = [...label, '--name', 'inventory-1', '-p', '127.0.0.1:18999:80/udp'];
    await docker(name, 'create', ...flags, 'contract/inventory:1', 'x');
    try {
      const { containers, networks, volumes } = await engine.takenNames();
      const project = 'inventory';
      // A port is in use only while its container runs.
      expect(containers).toContainEqual(
        expect.objectContaining({ name: 'inventory-1', project, ports: [] }),
      );
      const net = { name: 'inventory_net', project };
      expect(networks).toContainEqual(expect.objectContaining(net));
      expect(networks).toContainEqual(expect.objectContaining({ name: 'bridge' }));
      expect(volumes).toContainEqual({ name: 'inventory_data', project });
      const { dataFolder, memoryBytes, cpus } = await engine.info();
      expect(dataFolder).toMatch(new RegExp(`/${name}/data$`));
      expect([memoryBytes, cpus].map((number) => (number ?? 0) > 0)).toEqual([true, true]);
    } finally {
      await docker(name, 'rm', '-f', 'inventory-1');
      await docker(name, 'network', 'rm', 'inventory_net');
      await docker(name, 'volume', 'rm', 'inventory_data');
      await docker(name, 'rmi', '-f', 'contract/inventory:1');
    }
  },
);
