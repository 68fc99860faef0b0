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
  [{ use_api_socket: true }, ['engine-socket use_api_socket']],
  [
    { volumes: ['/var/run/docker.sock:/var/run/docker.sock'] },
    ['engine-socket volumes /var/run/docker.sock'],
  ],
  [{ volumes: ['/:/host', '/:/again'] }, ['host-path volumes /']],
  [{ volumes: ['/state/shop/../../etc:/etc'] }, ['host-path volumes /state/shop/../../etc']],
  [{ env_file: '/etc/environment' }, ['host-path env_file /etc/environment']],
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

test('each kind has a description', () => {
  const project = parseResolved(
    { services: { a: { privileged: true, cap_add: ['SYS_TIME'], volumes: ['/srv:/srv'] } } },
    'docker-compose.yml',
  );
  expect(permissionsOf(project, isOwn).map(permissionText)).toEqual([
    'runs privileged: it can do anything on the host',
    'has the capability SYS_TIME',
    'reads or writes /srv of the host',
  ]);
});
