import {
  type MountedFiles,
  refusedNames,
  resolvedSchema,
  type StackInput,
  stackLabels,
  stackOf,
} from '../src/index.ts';

const mounted: MountedFiles = { files: new Map(), here: new Set(), node: 'node1' };

function stack(services: object, more: object = {}, input: Partial<StackInput> = {}) {
  const project = resolvedSchema.parse({ services, ...more });
  const rest = { images: new Map(), configs: new Map(), secrets: new Map(), mounted };
  return stackOf(project, {
    name: 'shop',
    folder: '/s/shop/releases/1',
    host: 'm1',
    ...rest,
    ...input,
  });
}

function serviceOf(service: object, more: object = {}, input: Partial<StackInput> = {}) {
  const { document, notes } = stack({ web: { image: 'shop/web:1', ...service } }, more, input);
  return { web: Object(document['services']).web, notes };
}

test('a service says what made it, and variables are not filled in a second time', () => {
  const { web } = serviceOf({
    environment: { PRICE: '5$', NONE: null },
    command: ['sh', '-c', 'echo $HOME'],
  });
  expect(web).toMatchObject({
    image: 'shop/web:1',
    environment: { PRICE: '5$$' },
    command: ['sh', '-c', 'echo $$HOME'],
    labels: { [stackLabels.hash]: expect.stringMatching(/^[0-9a-f]{16}$/) },
    deploy: {
      labels: {
        [stackLabels.definition]: expect.stringMatching(/^[0-9a-f]{16}$/),
        [stackLabels.folder]: '/s/shop/releases/1',
        [stackLabels.host]: 'm1',
      },
    },
  });
  expect(web.environment).not.toHaveProperty('NONE');
});

test.each([
  [undefined, { condition: 'on-failure' }],
  ['no', { condition: 'none' }],
  ['always', { condition: 'any' }],
  ['unless-stopped', { condition: 'any' }],
  ['on-failure:3', { condition: 'on-failure', max_attempts: 3 }],
])('restart %s becomes a policy', (restart, policy) => {
  expect(serviceOf({ restart }).web.deploy.restart_policy).toEqual(policy);
});

test('a policy of the Compose file wins over restart', () => {
  const { web } = serviceOf({
    restart: 'always',
    deploy: { restart_policy: { condition: 'none' } },
  });
  expect(web.deploy.restart_policy).toEqual({ condition: 'none' });
});

test('limits outside of deploy are carried over as the schema of stacks wants them', () => {
  const { web } = serviceOf({ cpus: 0.5, mem_limit: '67108864', deploy: { replicas: 2 } });
  expect(web.deploy).toMatchObject({
    replicas: 2,
    resources: { limits: { cpus: '0.5', memory: '67108864' } },
  });
});

test.each([
  ['replicated', []],
  ['global', ['deploy.replicas']],
  ['replicated-job', ['deploy.update_config']],
  ['global-job', ['deploy.replicas', 'deploy.update_config']],
])('what Swarm refuses of a service in mode %s is left out and named', (mode, dropped) => {
  const deploy = { mode, replicas: 2, update_config: { parallelism: 1 } };
  const { web, notes } = serviceOf({ deploy });
  const kept = ['replicas', 'update_config'].filter((name) => name in web.deploy);
  expect(kept).toHaveLength(2 - dropped.length);
  expect(notes).toEqual(dropped.length === 0 ? [] : [{ service: 'web', fields: dropped }]);
});

test('a port of one address is never published on all of them', () => {
  const { web, notes } = serviceOf({
    ports: [
      { target: 80, published: '8080', mode: 'ingress', protocol: 'tcp' },
      { target: 81, published: '8081', host_ip: '127.0.0.1' },
      { target: 82, published: '9000-9010' },
      { target: 83 },
    ],
  });
  expect(web.ports).toEqual([
    { target: 80, published: 8080, mode: 'ingress', protocol: 'tcp' },
    { target: 83 },
  ]);
  expect(notes).toEqual([
    { service: 'web', fields: ['ports 127.0.0.1:8081:81', 'ports 9000-9010:82'] },
  ]);
});

test('every field without an equivalent is named, and what says nothing is not', () => {
  const { web, notes } = serviceOf({
    build: { context: '.' },
    privileged: true,
    devices: ['/dev/fuse'],
    depends_on: { db: { condition: 'service_healthy' } },
    security_opt: [],
    shm_size: null,
    oom_kill_disable: false,
    extra_hosts: ['db=10.0.0.1', 'me=host-gateway'],
    networks: { default: { ipv4_address: '10.1.0.4' } },
  });
  expect(notes).toEqual([
    {
      service: 'web',
      fields: [
        'depends_on',
        'devices',
        'extra_hosts me=host-gateway',
        'networks.default.ipv4_address',
        'privileged',
      ],
    },
  ]);
  expect(web.extra_hosts).toEqual(['db:10.0.0.1']);
  expect(web).not.toHaveProperty('privileged');
});

test('the name of a container stays a name of its service', () => {
  const { web } = serviceOf({ container_name: 'front', networks: { default: null } });
  expect(web.networks).toEqual({ default: { aliases: ['front'] } });
});

test('mounted files go to the nodes, and a folder of this manager keeps its service here', () => {
  const file = { name: 'shop_a_12', file: '/s/a', mode: 0o644, path: '' };
  const files = new Map([
    ['/s/a', [file]],
    ['/s/conf', [{ ...file, path: 'sub/b' }]],
  ]);
  const volumes = ['/s/a', '/s/conf', '/s/kept', '/etc/localtime'].map((source) => ({
    type: 'bind',
    source,
    target: `/in${source}`,
    bind: { create_host_path: true },
  }));
  const here = new Set(['/s/kept']);
  const { web } = serviceOf({ volumes }, {}, { mounted: { files, here, node: 'node1' } });
  expect(web.configs).toEqual([
    { source: 'shop_a_12', target: '/in/s/a', mode: 0o644 },
    { source: 'shop_a_12', target: '/in/s/conf/sub/b', mode: 0o644 },
  ]);
  expect(web.volumes).toEqual([
    { type: 'bind', source: '/s/kept', target: '/in/s/kept' },
    { type: 'bind', source: '/etc/localtime', target: '/in/etc/localtime' },
  ]);
  expect(web.deploy.placement).toEqual({ constraints: ['node.id == node1'] });
});

test('a changed secret makes new tasks of the services that use it, and of no other', () => {
  const services = {
    web: { image: 'shop/web:1', secrets: [{ source: 'key', mode: '0400' }] },
    db: { image: 'shop/db:1' },
  };
  const hashes = (name: string) =>
    stack(
      services,
      { secrets: { key: { file: '/s/key' } } },
      { secrets: new Map([['key', { name, file: '/s/key' }]]) },
    ).services;
  const [one, two] = [hashes('shop_key_1'), hashes('shop_key_2')];
  expect(one.get('web')?.hash).not.toBe(two.get('web')?.hash);
  expect(one.get('db')?.hash).toBe(two.get('db')?.hash);
});

test('another mode is another service, and naming the usual one is none', () => {
  const hashOf = (deploy: object) =>
    stack({ web: { image: 'shop/web:1', deploy } }).services.get('web')?.hash;
  expect(hashOf({ mode: 'replicated' })).toBe(hashOf({}));
  expect(hashOf({ mode: 'global' })).not.toBe(hashOf({}));
});

test.each([
  [{ update_config: { parallelism: 2 } }],
  [{ rollback_config: { order: 'start-first' } }],
  [{ labels: { team: 'a' } }],
  [{ replicas: 3 }],
])('a service with %j is another one to deploy, with the tasks that it has', (deploy) => {
  const one = (more: object) =>
    stack({ web: { image: 'shop/web:1', deploy: more } }).services.get('web');
  expect(one(deploy)?.definition).not.toBe(one({})?.definition);
  expect(one(deploy)?.hash).toBe(one({})?.hash);
  expect(one(deploy)).toEqual(one(deploy));
});

test.each([
  [{ endpoint_mode: 'dnsrr' }],
  [{ restart_policy: { condition: 'any' } }],
  [{ placement: { max_replicas_per_node: 1 } }],
  [{ resources: { limits: { cpus: '0.5' } } }],
])('a service with %j gets new tasks, as Swarm makes them', (deploy) => {
  const one = (more: object) =>
    stack({ web: { image: 'shop/web:1', deploy: more } }).services.get('web');
  expect(one(deploy)?.hash).not.toBe(one({})?.hash);
});

test('a bridge becomes a network of the stack, and outside networks and volumes stay outside', () => {
  const { document, notes } = stack(
    { web: { image: 'shop/web:1' } },
    {
      networks: {
        default: { name: 'shop_default', driver: 'bridge', driver_opts: { mtu: '1400' }, ipam: {} },
        outside: { name: 'corporate', external: true },
      },
      volumes: { data: { name: 'shop_data' }, old: { name: 'legacy', external: true } },
    },
  );
  expect(document).toMatchObject({
    networks: { default: {}, outside: { name: 'corporate', external: true } },
    volumes: { data: {}, old: { name: 'legacy', external: true } },
  });
  expect(notes).toEqual([{ fields: ['networks.default.driver_opts'] }]);
});

test('what the schema of stacks has no place for is left out and named, in networks and volumes too', () => {
  const subnets = { config: [{ subnet: '10.9.0.0/24', gateway: '10.9.0.1' }], options: { a: 'b' } };
  const volumes = [
    { type: 'volume', source: 'data', target: '/d', volume: { subpath: 'part' } },
    { type: 'tmpfs', target: '/t', tmpfs: { size: 1000, mode: 0o1777 } },
    { type: 'image', source: 'other', target: '/i' },
    { type: 'bind', source: '/srv', target: '/s', bind: { create_host_path: true, selinux: 'z' } },
  ];
  const { document, notes } = stack(
    { web: { image: 'x', volumes } },
    { networks: { own: { ipam: subnets } }, volumes: { data: {} } },
  );
  expect(document['networks']).toEqual({
    own: { ipam: { config: [{ subnet: '10.9.0.0/24' }] } },
  });
  expect(Object(document['services']).web.volumes).toEqual([
    { type: 'volume', source: 'data', target: '/d', volume: { subpath: 'part' } },
    { type: 'tmpfs', target: '/t', tmpfs: { size: 1000 } },
    { type: 'bind', source: '/srv', target: '/s' },
  ]);
  expect(notes).toEqual([
    {
      service: 'web',
      fields: ['volumes /i', 'volumes /s bind.selinux', 'volumes /t tmpfs.mode'],
    },
    { fields: ['networks.own.ipam.options', 'networks.own.ipam.config.gateway'] },
  ]);
});

test('names that Compose takes and Swarm refuses are found, as parts of the stack', () => {
  const project = resolvedSchema.parse({
    services: { web: {}, 'web.api': {}, a_b: {}, ends_: {}, ['x'.repeat(58)]: {} },
    networks: {
      default: {},
      'inner.net': {},
      named: { name: 'a.b' },
      outside: { name: 'c.d', external: true },
    },
  });
  expect(refusedNames(project, 'shop')).toEqual([
    'shop_web.api',
    'shop_ends_',
    'shop_inner.net',
    'a.b',
  ]);
  expect(refusedNames(project, 'shops')).toContain(`shops_${'x'.repeat(58)}`);
});
