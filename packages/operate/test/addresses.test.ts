import type { ProjectContainer } from '@bundle/engine';
import { webAddresses } from '../src/addresses.ts';

type Published = ProjectContainer['published'][number];

const port = (port: number, target: number, more: Partial<Published> = {}): Published => ({
  address: '',
  port,
  target,
  protocol: 'tcp',
  ...more,
});

const running = (service: string, ...published: Published[]) => ({
  service,
  state: 'running' as const,
  published,
});

const urls = (...containers: ReturnType<typeof running>[]): string[] =>
  webAddresses(containers, '10.1.2.3').map(({ url }) => url);

test('a published web port is an address of the host', () => {
  expect(urls(running('web', port(8088, 80)))).toEqual(['http://10.1.2.3:8088']);
});

test('the default port of a scheme is left out', () => {
  const web = running('web', port(80, 80), port(443, 443));
  expect(urls(web)).toEqual(['https://10.1.2.3', 'http://10.1.2.3']);
});

test('a port open only to this host keeps its address', () => {
  const web = running('web', port(8088, 80, { address: '127.0.0.1' }));
  expect(urls(web)).toEqual(['http://127.0.0.1:8088']);
  const six = running('web', port(8088, 80, { address: '::1' }));
  expect(urls(six)).toEqual(['http://[::1]:8088']);
});

test('databases, queues and UDP ports are no web addresses', () => {
  const others = [port(15_432, 5432), port(6379, 6379), port(9000, 80, { protocol: 'udp' })];
  expect(urls(running('db', ...others))).toEqual([]);
});

test('the front page comes before other pages, each address once', () => {
  const admin = running('admin', port(9001, 9001));
  const web = running('web', port(8088, 80), port(8088, 80));
  expect(urls(admin, web)).toEqual(['http://10.1.2.3:8088', 'http://10.1.2.3:9001']);
});

test('a stopped container has no address', () => {
  const stopped = { ...running('web', port(80, 80)), state: 'exited' as const };
  expect(webAddresses([stopped], 'host')).toEqual([]);
});
