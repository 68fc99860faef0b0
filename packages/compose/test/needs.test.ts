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

test.each([
  ['["8080-8081:80"]', '', { range: '8080-8081', containers: 1 }],
  ['[{ target: 80, published: "8080-8081" }]', 'scale: 2', { range: '8080-8081', containers: 2 }],
  ['["8080-8081:80/udp"]', 'deploy: {replicas: 3}', { range: '8080-8081', containers: 3 }],
  ['["8080-8081:80-81"]', '', undefined],
  ['["8080:80"]', 'scale: 2', undefined],
])('the engine chooses from %s with %s', (ports, more, choice) => {
  const text = `services: { web: { image: a, ports: ${ports}${more && `, ${more}`} } }`;
  for (const one of composeNeeds(text, 'shop', none).ports) expect(one.choice).toEqual(choice);
});

test.each(['scale: 0', 'deploy: { replicas: 0 }', `scale: "\${WORKERS:-0}"`])(
  'a service with %s is idle, and needs nothing of what running takes',
  (scale) => {
    const idle = `container_name: late, mem_limit: 1g, gpus: all, ports: ["80:80"], ${scale}`;
    const text = `services: { web: { image: a, ports: ["80:80"] }, late: { image: a, ${idle} } }`;
    const needs = composeNeeds(text, 'shop', none);
    expect(needs).toMatchObject({ services: ['web', 'late'], idle: ['late'], clashes: [] });
    expect(needs.ports).toMatchObject([{ service: 'web' }]);
    expect(needs.limits).toMatchObject([{ service: 'web' }]);
    expect(needs.features).toEqual([]);
    expect(needs.names.map(({ kind }) => kind)).toEqual(['network']);
  },
);

test('a service whose scale is another number, or not known yet, starts', () => {
  const idleOf = (scale: string) =>
    composeNeeds(`services: { web: { image: a, scale: ${scale} } }`, 'shop', none).idle;
  for (const scale of ['1', '10', `"\${WORKERS}"`]) expect(idleOf(scale)).toEqual([]);
});

test('names are those that Compose creates, and those that must exist already', () => {
  const text = `
services:
  web:
    image: a
    container_name: "\${NAME:-front}"
    networks: { default: null, inner: null, outer: null, older: null }
    volumes: ["data:/a", "named:/b", "gone:/c", "blank:/d"]
  db: { image: b, profiles: [x], container_name: db, networks: [idle], volumes: ["kept:/x"] }
networks: { inner: null, outer: { external: true }, older: { external: { name: old } }, idle: { external: true } }
volumes: { data: {}, named: { name: keep }, gone: { name: far, external: true }, blank: { name: "\${UNSET}" }, kept: { external: true } }`;
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
    'volume shop_blank',
  ]);
});

test('a network of its own is all that a service has, and what others are extended with may use any', () => {
  const networks = 'networks: { own: {}, far: { external: true } }';
  const namesOf = (services: string) =>
    composeNeeds(`services: ${services}\n${networks}`, 'shop', none).names.map(({ name }) => name);
  expect(namesOf('{ web: { image: a, networks: [own] } }')).toEqual(['shop_own']);
  expect(namesOf('{ web: { image: a, network_mode: host } }')).toEqual([]);
  expect(
    namesOf('{ web: { extends: { service: base } }, base: { image: a, networks: [far] } }'),
  ).toEqual(['shop_default', 'shop_own', 'far']);
});

test('files of secrets and configs count where a service that starts uses them', () => {
  const text = `
services:
  web: { image: a, secrets: [pw, { source: key }], configs: [conf, inline] }
  later: { image: b, profiles: [x], secrets: [other] }
secrets: { pw: { file: "\${DIR:-.}/pw.txt" }, key: { environment: KEY }, other: { file: o } }
configs: { conf: { file: ./a.conf }, inline: { content: x } }`;
  expect(composeNeeds(text, 'shop', none).files).toEqual([
    { service: 'web', what: 'secret pw', path: './pw.txt' },
    { service: 'web', what: 'config conf', path: './a.conf' },
  ]);
});

test('what not every host has is listed, whichever way it is written', () => {
  const text = `
services:
  a:
    image: a
    deploy: { resources: { reservations: { devices: [{ driver: nvidia, capabilities: [gpu] }, { capabilities: [tpu] }] } } }
    runtime: nvidia
    devices: ["/dev/ttyUSB0:/dev/x", { source: /dev/kvm }, vendor.com/class=all]
    healthcheck: { test: [CMD, x], start_interval: 1s }
    sysctls: { net.core.somaxconn: 1 }
    logging: { driver: journald }
    networks: [lan]
    volumes: ["nfs:/x"]
  b: { image: b, gpus: all, sysctls: [net.ipv4.tcp_syncookies=0] }
  c: { image: c, profiles: [x], gpus: [{ driver: amd }], devices: [/dev/no] }
networks: { lan: { driver: macvlan } }
volumes: { nfs: { driver: rclone }, far: { driver: unused } }`;
  const found = composeNeeds(text, 'shop', none).features;
  expect(found.map(({ of, kind, detail }) => `${of} ${kind} ${detail}`.trim())).toEqual([
    'a gpu nvidia',
    'a runtime nvidia',
    'a device /dev/ttyUSB0',
    'a device /dev/kvm',
    'a device vendor.com/class=all',
    'a engine-version start_interval',
    'a sysctl net.core.somaxconn',
    'a log-driver journald',
    'b gpu',
    'b sysctl net.ipv4.tcp_syncookies',
    'lan network-driver macvlan',
    'nfs volume-driver rclone',
    'the network lan module macvlan',
  ]);
});

test('a port that waits for a value is not taken for none', () => {
  const text = `
services:
  web: { image: a, ports: ["\${PORT}:80", "\${ADMIN:-81}:81", { target: 82, published: "\${LONG:?x}" }] }
  later: { image: b, profiles: [x], ports: ["\${LATER}:80"] }`;
  expect(composeNeeds(text, 'shop', none)).toMatchObject({
    ports: [{ port: 81 }],
    unsetPorts: ['PORT', 'LONG'],
  });
  const set = composeNeeds(text, 'shop', (name) => (name === 'PORT' ? '8088' : undefined));
  expect(set).toMatchObject({ ports: [{ port: 8088 }, { port: 81 }], unsetPorts: ['LONG'] });
});

test('what waits for a profile is told with it, and two that want the same where both start', () => {
  const text = `
services:
  web: { image: a, ports: ["80:80"] }
  cpu: { image: b, profiles: [cpu], container_name: model }
  gpu: { image: b, profiles: [gpu, all], container_name: model, ports: ["81:80"] }`;
  const startingWith = (profiles: string) =>
    composeNeeds(text, 'shop', (name) => (name === 'COMPOSE_PROFILES' ? profiles : undefined));
  expect(startingWith('cpu')).toMatchObject({
    waiting: [{ service: 'gpu', profiles: ['gpu', 'all'] }],
    clashes: [],
  });
  expect(startingWith(' cpu , gpu ').clashes).toEqual([
    { services: ['cpu', 'gpu'], over: 'container model' },
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
    { service: 'a', memoryBytes: 512 * 1024 ** 2, cpus: 0.5, keys: ['mem_limit', 'cpus'] },
    { service: 'b', memoryBytes: 2 * 1024 ** 3, cpus: 4, keys: ['mem_limit', 'cpus'] },
    { service: 'c', keys: ['mem_limit'] },
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

test('what needs a module of the kernel, an interface or rights of the host is listed', () => {
  const text = `
services:
  vpn: { image: "lscr.io/linuxserver/wireguard:1", cap_add: [NET_ADMIN, cap_sys_module], privileged: true }
  plain: { image: "wireguard-docs:1" }
  db:
    image: b
    network_mode: host
    pid: host
    ulimits: { nofile: { soft: 1024, hard: 2000000 }, memlock: -1 }
    volumes: ["media:/m", "share:/s", "ram:/r", "disk:/d", { type: volume, source: media, target: /p, volume: { subpath: x } }]
  web: { image: c, networks: { lan: { mac_address: 02:42:ac:11:00:03 }, far: } }
  free: { image: d, privileged: true, userns_mode: host }
networks:
  lan: { driver: ipvlan, driver_opts: { parent: eth0.50 }, enable_ipv6: true }
  far: { driver: overlay }
volumes:
  media: { driver_opts: { type: nfs4, o: "addr=10.0.0.1,rw", device: ":/media" } }
  share: { driver: local, driver_opts: { type: cifs, device: //x/y } }
  ram: { driver_opts: { type: tmpfs, device: tmpfs } }
  disk: { driver_opts: { type: none, o: bind, device: /srv } }`;
  const found = composeNeeds(text, 'shop', none).features;
  expect(found.map(({ of, kind, detail }) => `${of} ${kind} ${detail}`.trim())).toEqual([
    'vpn capability NET_ADMIN',
    'vpn capability SYS_MODULE',
    'vpn right privileged',
    'db engine-version subpath',
    'db right network_mode',
    'db right pid',
    'db right ulimits',
    'db open-files 2000000',
    'web engine-version mac_address',
    'lan network-driver ipvlan',
    'far network-driver overlay',
    'share volume-driver local',
    'lan interface eth0.50',
    'lan ipv6',
    'vpn module wireguard',
    'the network lan module ipvlan',
    'the network far module vxlan',
    'the volume media module nfs',
    'the volume share module cifs',
  ]);
});

test('limits are listed by their keys, in either form; 0 is no limit', () => {
  const text = `
services:
  a: { image: a, mem_limit: 1g, mem_swappiness: 0, pids_limit: 0, cpuset: "0-1", oom_kill_disable: true }
  b: { image: b, deploy: { resources: { limits: { cpus: "0.5", memory: 64m, pids: 9 } } } }
  c: { image: c }`;
  expect(composeNeeds(text, 'shop', none).limits).toEqual([
    {
      service: 'a',
      memoryBytes: 1024 ** 3,
      cpuset: '0-1',
      keys: ['mem_limit', 'mem_swappiness', 'oom_kill_disable', 'cpuset'],
    },
    {
      service: 'b',
      memoryBytes: 64 * 1024 ** 2,
      cpus: 0.5,
      keys: ['mem_limit', 'cpus', 'pids_limit'],
    },
    { service: 'c', keys: [] },
  ]);
});

test('fixed subnets of networks that are made are listed, with their settings filled in', () => {
  const text = `
services: { web: { image: a, networks: [own, named, far, lan, swarm] }, idle: { image: b, profiles: [x], networks: [unused] } }
networks:
  own: { ipam: { config: [{ subnet: "\${SUBNET:-10.1.0.0/24}" }, { subnet: fd00::/64 }] } }
  named: { name: its-name, ipam: { config: [{ subnet: 10.2.0.0/24 }] } }
  far: { external: true, ipam: { config: [{ subnet: 10.3.0.0/24 }] } }
  lan: { driver: macvlan, ipam: { config: [{ subnet: 10.4.0.0/24 }] } }
  swarm: { driver: overlay, ipam: { config: [{ subnet: 10.5.0.0/24 }] } }
  unused: { ipam: { config: [{ subnet: 10.6.0.0/24 }] } }`;
  expect(composeNeeds(text, 'shop', none).subnets).toEqual([
    { network: 'shop_own', subnet: '10.1.0.0/24', isBridge: true },
    { network: 'shop_own', subnet: 'fd00::/64', isBridge: true },
    { network: 'its-name', subnet: '10.2.0.0/24', isBridge: true },
    { network: 'shop_lan', subnet: '10.4.0.0/24', isBridge: false },
  ]);
});
