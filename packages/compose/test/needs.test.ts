import { composeNeeds } from '../src/needs.ts';

const none = () => undefined;
const portsOf = (ports: string) =>
  composeNeeds(`services: { web: { image: a, ports: ${ports} } }`, 'shop', none).ports.map(
    ({ address, port, protocol }) => `${address}:${port}/${protocol}`,
  );

test.each([
  ['["8080:80"]', [':8080/tcp']],
  ['["127.0.0.1:8080:80/udp"]', ['127.0.0.1:8080/udp']],
  ['["[::1]:8080:80"]', ['::1:8080/tcp']],
  ['["8080-8082:80-82"]', [':8080/tcp', ':8081/tcp', ':8082/tcp']],
  ['["80", 8080, "127.0.0.1::80"]', []],
  ['[{ target: 80, published: "443", host_ip: 10.0.0.1 }]', ['10.0.0.1:443/tcp']],
  ['[{ target: 53, published: 53, protocol: udp }]', [':53/udp']],
  ['[{ target: 80 }]', []],
  [`["\${PORT:-81}:80"]`, [':81/tcp']],
  ['["90000:80", "5-1:80", "x:80"]', []],
])('ports %s', (ports, expected) => {
  expect(portsOf(ports)).toEqual(expected);
});

test('names are those that Compose creates, and those that must exist already', () => {
  const text = `
services: { web: { image: a, container_name: "\${NAME:-front}" }, db: { image: b, profiles: [x], container_name: db } }
networks: { inner: null, outer: { external: true }, older: { external: { name: old } } }
volumes: { data: {}, named: { name: keep }, gone: { name: far, external: true } }`;
  const names = composeNeeds(text, 'shop', none).names.map(
    ({ kind, name, external }) => `${kind} ${name}${external ? ' external' : ''}`,
  );
  expect(names).toEqual([
    'container front',
    'network shop_default',
    'network shop_inner',
    'network outer external',
    'network old external',
    'volume shop_data',
    'volume keep',
    'volume far external',
  ]);
});

test('services start if they have no profile, or an enabled one', () => {
  const text = `
services: { web: { image: a }, debug: { image: b, profiles: [tools, debug] }, load: { image: c, profiles: [load] } }`;
  const startingWith = (profiles: string) =>
    composeNeeds(text, 'shop', (name) => (name === 'COMPOSE_PROFILES' ? profiles : undefined))
      .services;
  expect(startingWith('')).toEqual(['web']);
  expect(startingWith('debug')).toEqual(['web', 'debug']);
  expect(startingWith('*')).toEqual(['web', 'debug', 'load']);
  expect(composeNeeds('services: [web]', 'shop', none).services).toBeUndefined();
});

test('limits are read in both places and in Compose’s units', () => {
  const text = `
services:
  a: { image: a, mem_limit: 512m, cpus: 0.5 }
  b: { image: b, deploy: { resources: { limits: { memory: 2GB, cpus: "4" } } } }
  c: { image: c, mem_limit: lots }`;
  expect(composeNeeds(text, 'shop', none).limits).toEqual([
    { service: 'a', memoryBytes: 512 * 1024 ** 2, cpus: 0.5 },
    { service: 'b', memoryBytes: 2 * 1024 ** 3, cpus: 4 },
    { service: 'c' },
  ]);
});

test('a value that Compose would refuse hides only itself', () => {
  const text = 'services: { web: { image: web, container_name: web, ports: { a: 1 } } }';
  const { ports, names } = composeNeeds(text, 'shop', none);
  expect(ports).toEqual([]);
  expect(names).toContainEqual({ kind: 'container', name: 'web', external: false });
});

test.each(['services: [', '[]', ''])('anything but a Compose file needs nothing: %s', (text) => {
  expect(composeNeeds(text, 'shop', none)).toMatchObject({ ports: [], names: [], limits: [] });
});
