import { parseResolved, readProject } from '../src/project.ts';

const short = {
  services: {
    api: {
      image: 'api:1',
      build: './api',
      command: 'serve --port 80',
      env_file: 'api.env',
      environment: ['LEVEL=a=b', 'TOKEN'],
      extends: 'base',
      volumes: ['./conf:/etc/api:ro', 'data:/data', '/scratch'],
      configs: ['main'],
      secrets: ['password'],
      networks: ['front'],
      devices: ['/dev/fuse:/dev/fuse:rwm'],
      extra_hosts: { db: '10.0.0.1' },
      label_file: 'labels',
      ports: ['8080:80', 9090],
      gpus: 'all',
      cpus: 0.5,
      privileged: 'true',
    },
  },
};

const long = {
  image: 'api:1',
  build: { context: './api' },
  command: ['serve', '--port', '80'],
  env_file: [{ path: 'api.env', required: true }],
  environment: { LEVEL: 'a=b', TOKEN: null },
  extends: { service: 'base' },
  volumes: [
    {
      type: 'bind',
      source: './conf',
      target: '/etc/api',
      read_only: true,
      bind: { create_host_path: true },
    },
    { type: 'volume', source: 'data', target: '/data', read_only: false },
    { type: 'volume', target: '/scratch' },
  ],
  configs: [{ source: 'main' }],
  secrets: [{ source: 'password' }],
  networks: { front: null },
  devices: [{ source: '/dev/fuse' }],
  extra_hosts: ['db=10.0.0.1'],
  label_file: ['labels'],
  ports: ['8080:80', '9090'],
  gpus: [{}],
  cpus: '0.5',
  privileged: true,
};

test('short forms read the same as long ones', () => {
  expect(readProject(short)?.services['api']).toEqual(long);
  expect(readProject({ services: { api: long } })?.services['api']).toEqual(long);
});

const bind = (name: string) => ({
  type: 'bind',
  source: `./${name}`,
  target: `/${name}`,
  read_only: false,
  bind: { create_host_path: true },
});

test('a value of the wrong type hides only itself', () => {
  const project = readProject({
    services: {
      api: {
        image: 'api:1',
        ports: { '80': 80 },
        container_name: 'api',
        volumes: ['./a:/a', 1, { type: 'bind' }, './b:/b'],
      },
      web: { image: ['no'], hostname: 'web' },
      none: null,
    },
    volumes: 'data',
  });
  expect(project).toEqual({
    services: {
      api: { image: 'api:1', container_name: 'api', volumes: [bind('a'), bind('b')] },
      web: { hostname: 'web' },
      none: {},
    },
  });
});

test('anything but a Compose document is not read', () => {
  for (const other of ['text', 7, null, [], {}, { services: [] }]) {
    expect(readProject(other)).toBeUndefined();
  }
});

test('a resolved project with a value of the wrong type is refused with its place', () => {
  expect(() => parseResolved({ name: 'a', services: { api: { image: {} } } }, 'f.yml')).toThrow(
    /f\.yml.*services\.api\.image/,
  );
});
