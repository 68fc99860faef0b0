import { parseResolved, type ResolvedProject } from '@bundle/compose';
import type { ProjectContainer } from '@bundle/engine';
import { hostsLines, whyNotTwice } from '../src/up/run-twice.ts';

const container = (service: string, networks: ProjectContainer['networks']): ProjectContainer => ({
  id: service,
  name: `shop-${service}-1`,
  service,
  workingDir: '/state/shop',
  configHash: 'x',
  image: 'shop:1',
  imageId: 'sha256:1',
  command: ['run'],
  state: 'running',
  exitCode: 0,
  restartCount: 0,
  startedAt: '2026-01-01T00:00:00Z',
  restartPolicy: 'no',
  networks,
  published: [],
});

const project = (api: object, more: object = {}): ResolvedProject =>
  parseResolved(
    { services: { api: { image: 'shop:1', healthcheck: {}, ...api }, ...more } },
    'docker-compose.yml',
  );
const own = [container('api', [])];

test('a service with a health check and no exclusive resources may run twice', () => {
  expect(whyNotTwice(project({}), 'api', 1, own)).toBeUndefined();
  const inImage = [{ ...container('api', []), health: 'healthy' as const }];
  expect(whyNotTwice(project({ healthcheck: undefined }), 'api', 1, inImage)).toBeUndefined();
});

test.each([
  ['it publishes a port', { ports: [{ target: 80 }] }, {}],
  ['it has a container_name', { container_name: 'api' }, {}],
  ['it has a network_mode', { network_mode: 'host' }, {}],
  ['it has a fixed address', { networks: { net: { ipv4_address: '10.0.0.9' } } }, {}],
  ['another service uses its network', {}, { side: { image: 'x', network_mode: 'service:api' } }],
  ['it keeps data in a volume without a name', { volumes: ['/uploads'] }, {}],
  ['it has no health check', { healthcheck: { disable: true } }, {}],
  ['it has no health check', { healthcheck: undefined }, {}],
])('a service cannot run twice if %s', (why, api, more) => {
  expect(whyNotTwice(project(api, more), 'api', 1, own)).toContain(why);
});

test('a service whose image keeps data in a volume without a name is left to Compose, which hands the volume over', () => {
  const ofImage = [{ ...container('api', []), anonymousVolumes: ['/var/lib/data'] }];
  const why = whyNotTwice(project({}), 'api', 1, ofImage);
  expect(why).toBe('it keeps data in a volume without a name');
});

test('a service with named volumes and folders may run twice', () => {
  const volumes = ['data:/data', './conf:/conf', { type: 'tmpfs', target: '/tmp' }];
  expect(whyNotTwice(project({ volumes }), 'api', 1, own)).toBeUndefined();
});

test('a service with several containers is left to Compose', () => {
  expect(whyNotTwice(project({}), 'api', 2, own)).toBe('it has 2 containers');
});

test('a neighbour finds it by all its names on shared networks', () => {
  const api = container('api', [
    { name: 'front', address: '10.0.0.5', aliases: ['shop-api-2', 'api', 'backend'] },
    { name: 'back', address: '10.0.1.5', aliases: ['api'] },
  ]);
  const proxy = container('proxy', [{ name: 'front', address: '10.0.0.2', aliases: [] }]);
  expect(hostsLines(proxy, api)).toEqual(['10.0.0.5 api shop-api-2 backend']);
  expect(hostsLines(container('other', []), api)).toEqual([]);
});
