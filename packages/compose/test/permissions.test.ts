import { permissionsOf, permissionText } from '../src/permissions.ts';
import { parseResolved } from '../src/project.ts';

const isOwn = (path: string): boolean => path.startsWith('/state/shop/');

function given(service: object, more: object = {}): string[] {
  const project = parseResolved(
    { name: 'shop', services: { api: { image: 'api:1', ...service } }, ...more },
    'docker-compose.yml',
  );
  return permissionsOf(project, isOwn).map(
    ({ kind, key, detail }) => `${kind} ${key}${detail && ` ${detail}`}`,
  );
}

test('an ordinary service has no permissions on its host', () => {
  expect(
    given(
      {
        cap_drop: ['ALL'],
        cap_add: ['NET_BIND_SERVICE', 'cap_chown'],
        security_opt: ['no-new-privileges:true', 'seccomp=/etc/own.json'],
        network_mode: 'service:web',
        pid: 'service:web',
        volumes: ['data:/data', '/scratch', '/state/shop/conf:/etc/api:ro'],
        env_file: ['/state/shop/api.env'],
        secrets: ['password'],
        ports: ['80:80'],
      },
      {
        volumes: { data: { driver_opts: { type: 'nfs', device: ':/export', o: 'addr=10.0.0.1' } } },
        secrets: { password: { file: '/state/shop/password' } },
      },
    ),
  ).toEqual([]);
});

test.each<[object, string[]]>([
  [{ privileged: true }, ['privileged privileged']],
  [{ privileged: 'true' }, ['privileged privileged']],
  [{ post_start: [{ command: 'x', privileged: true }] }, ['privileged post_start in a hook']],
  [
    { cap_add: ['CAP_SYS_ADMIN', 'all'] },
    ['capability cap_add SYS_ADMIN', 'capability cap_add ALL'],
  ],
  [{ devices: ['/dev/kvm:/dev/kvm:rwm'] }, ['device devices /dev/kvm']],
  [
    {
      gpus: [{ driver: 'nvidia', device_ids: ['0'] }],
      deploy: {
        resources: {
          reservations: { devices: [{ driver: 'cdi', device_ids: ['vendor.com/disk=all'] }] },
        },
      },
    },
    ['device deploy vendor.com/disk=all'],
  ],
  [{ device_cgroup_rules: ['c 1:3 mr'] }, ['device device_cgroup_rules c 1:3 mr']],
  [
    { security_opt: ['seccomp:unconfined', 'label=disable'] },
    [
      'security-option security_opt seccomp:unconfined',
      'security-option security_opt label=disable',
    ],
  ],
  [{ network_mode: 'host' }, ['host-namespace network_mode network']],
  [
    { pid: 'host', ipc: 'host', uts: 'host', userns_mode: 'host', cgroup: 'host' },
    ['pid', 'ipc', 'uts', 'userns_mode', 'cgroup'].map(
      (key) => `host-namespace ${key} ${key.replace('_mode', '')}`,
    ),
  ],
  [{ pid: 'container:other' }, ['other-container pid other']],
  [{ network_mode: 'ns:/proc/1/ns/net' }, ['host-namespace network_mode network']],
  [
    { network_mode: 'container:vpn', volumes_from: ['container:vpn:ro', 'web:ro'] },
    ['other-container network_mode vpn', 'other-container volumes_from volumes of vpn'],
  ],
  [
    { security_opt: ['label=type:spc_t', 'unmask=ALL', 'label=level:s0:c100,c200'] },
    ['security-option security_opt label=type:spc_t', 'security-option security_opt unmask=ALL'],
  ],
  [{ use_api_socket: true }, ['engine-socket use_api_socket']],
  [
    { volumes: ['/var/run/docker.sock:/var/run/docker.sock'] },
    ['engine-socket volumes /var/run/docker.sock'],
  ],
  [{ volumes: ['/:/host', '/:/again'] }, ['host-path volumes /']],
  [{ volumes: ['/state/shop/../../etc:/etc'] }, ['host-path volumes /state/shop/../../etc']],
  [{ env_file: '/etc/environment' }, ['host-path env_file /etc/environment']],
  [{ label_file: '/etc/shadow' }, ['host-path label_file /etc/shadow']],
  [{ label_file: ['/state/shop/labels'] }, []],
  [{ provider: { type: '/state/shop/evil.sh' } }, ['provider provider /state/shop/evil.sh']],
])('the permissions of %j are listed', (service, expected) => {
  expect(given(service)).toEqual(expected);
});

test('a host file used as a secret, a config or a bound volume is listed', () => {
  expect(
    given(
      { secrets: ['shadow'], configs: ['hosts'], volumes: ['root:/root', 'bound:/bound'] },
      {
        secrets: { shadow: { file: '/etc/shadow' } },
        configs: { hosts: { file: '/etc/hosts' } },
        volumes: {
          root: { driver_opts: { type: 'none', device: '/root', o: 'bind' } },
          bound: { driver_opts: { device: '/srv', o: 'rw,rbind' } },
        },
      },
    ),
  ).toEqual([
    'host-path volumes /root',
    'host-path volumes /srv',
    'host-path secrets /etc/shadow',
    'host-path configs /etc/hosts',
  ]);
});

test.each<[object, string[]]>([
  [{ driver_opts: { type: 'ext4', device: '/dev/sda1' } }, ['device volumes /dev/sda1']],
  // The engine runs in the root folder, and mount(2) takes relative paths.
  [{ driver_opts: { type: 'ext4', device: 'dev/sda1' } }, ['device volumes /dev/sda1']],
  [{ driver_opts: { type: 'proc', device: 'proc' } }, ['host-path volumes /proc']],
  [
    {
      driver: 'local',
      driver_opts: {
        type: 'overlay',
        device: 'overlay',
        o: 'lowerdir=/etc:usr,upperdir=/root,workdir=/x',
      },
    },
    ['/etc', '/usr', '/root', '/x'].map((path) => `host-path volumes ${path}`),
  ],
  [
    { driver_opts: { type: 'ext4', device: '/dev/sda1', o: 'ro,journal_path=/dev/sdb' } },
    ['device volumes /dev/sda1', 'device volumes /dev/sdb'],
  ],
  [{ driver: 'local', driver_opts: { type: 'none', o: 'bind', device: '/state/shop/data' } }, []],
  [{ driver: 'local-persist', driver_opts: { mountpoint: '/srv' } }, ['host-path volumes /srv']],
  [{ driver_opts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=1' } }, []],
  [{ driver_opts: { type: 'nfs4', device: ':/export', o: 'addr=10.0.0.1,rw' } }, []],
  [{ driver_opts: { type: 'cifs', device: '//nas/share', o: 'username=a' } }, []],
])('what a volume %j mounts of the host is listed', (volume, expected) => {
  expect(given({ volumes: ['v:/v'] }, { volumes: { v: volume } })).toEqual(expected);
});

test('each kind has a description', () => {
  const project = parseResolved(
    {
      services: {
        a: {
          privileged: true,
          cap_add: ['SYS_TIME'],
          pid: 'container:b',
          volumes: ['/srv:/srv'],
          volumes_from: ['container:b'],
        },
      },
    },
    'docker-compose.yml',
  );
  expect(permissionsOf(project, isOwn).map(permissionText)).toEqual([
    'runs privileged: it can do anything on the host',
    'has the capability SYS_TIME',
    'shares a namespace of the container b',
    'has the volumes of the container b',
    'reads or writes /srv of the host',
  ]);
});
