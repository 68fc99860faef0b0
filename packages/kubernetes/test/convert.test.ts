import type { KubernetesObject } from '../src/context.ts';
import { convert, convertService, type Given } from './fixture.ts';
import { problemsOf } from './schema.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test looks at one field of a deep object.
type Any = any;
const find = (objects: readonly KubernetesObject[], kind: string, name = 'web'): Any =>
  objects.find((one) => one.kind === kind && one.metadata?.name === name);
/** Converts one service and returns its pod and container; every object has to be valid. */
async function podOf(yaml: string, more: Omit<Given, 'compose'> = {}) {
  const result = await convertService(yaml, more);
  expect(problemsOf(result.objects)).toEqual([]);
  const workload: Any = result.objects.find(({ kind }) => /Deploy|Stateful|Job/.test(kind));
  const pod = workload.spec.template.spec;
  const why = Object.fromEntries(result.unmapped.map(({ path, why }) => [path, why]));
  return { ...result, workload, pod, container: pod.containers[0], why };
}

test('a $ that Kubernetes would expand is escaped, and others stay as they are', async () => {
  const command = '["sh", "-c", "echo $$(date) $$HOME $$$$ $${A} 5$$"]';
  const { container } = await podOf(`command: ${command}\nenvironment: {A: "$$(B) $$$$"}`);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is in the manifest.
  expect(container.args).toEqual(['sh', '-c', 'echo $$(date) $HOME $$$$ ${A} 5$']);
  const { objects } = await convertService('environment: {A: "$$(B) $$$$"}');
  expect(find(objects, 'ConfigMap', 'web-env').data).toEqual({ A: '$(B) $$' });
});

test.each([
  ['command: echo "a b" c\\ d', { args: ['echo', 'a b', 'c d'] }],
  ['entrypoint: /run\ncommand: [x]', { command: ['/run'], args: ['x'] }],
  ['entrypoint: /run', { command: ['/run'] }],
  ['entrypoint: []\ncommand: [x]', { command: ['x'] }],
  ['command: []', { command: ['/entry'] }],
  ['command: ""', { command: ['/entry'] }],
  ['command: null', {}],
])('%j runs what Compose runs', async (yaml, expected) => {
  const image = { entrypoint: ['/entry'], command: ['default'] };
  const { container } = await podOf(yaml, { image });
  const { command, args } = container;
  expect({ ...(command && { command }), ...(args && { args }) }).toEqual(expected);
});

test('variables keep their text, and those without a value or with an invalid name are named', async () => {
  const { objects, why } = await podOf(
    'environment: {NUMBER: 1.50, YES: yes, EMPTY: "", LINES: "a\\nb", NONE: null, 1BAD: x, "a b": y, a.b-c: z}',
  );
  expect(find(objects, 'ConfigMap', 'web-env').data).toEqual({
    ...{ NUMBER: '1.5', YES: 'yes', EMPTY: '', LINES: 'a\nb', 'a.b-c': 'z' },
  });
  expect(Object.keys(why).sort()).toEqual([
    ...['services.web.environment.1BAD', 'services.web.environment.NONE'],
    'services.web.environment.a b',
  ]);
});

test('integers are those of Compose: large ones keep every digit, and a zero before one means octal', async () => {
  const { objects, container, pod } = await podOf(
    `environment: {ID: 1234567890123456789, PIN: 0123}
command: [run, 1234567890123456789]
secrets: [{source: key, mode: 0440}]`,
  );
  expect(find(objects, 'ConfigMap', 'web-env').data).toEqual({
    ...{ ID: '1234567890123456789', PIN: '83' },
  });
  expect(container.args).toEqual(['run', '1234567890123456789']);
  expect(pod.volumes).toMatchObject([{ secret: { items: [{ mode: 0o440 }] } }]);
});

const secretCompose = `
services:
  db:
    image: x
    environment:
      POSTGRES_PASSWORD: \${DB_PASSWORD:?}
      POSTGRES_DB: shop
    healthcheck: {test: "pg_isready -p \${DB_PASSWORD}"}
  web:
    image: x
    command: [serve, "--password=$$\${DB_PASSWORD}"]
    environment:
      DATABASE_URL: postgres://app:\${DB_PASSWORD}@db/shop
      API_TOKEN: literal-token
      CACHE_URL: redis://:hunter2@cache/0
      ADMIN_PASSWORD: \${ADMIN:-default-admin}
      PASSWORD_FILE: /run/secrets/db
      ALLOW_EMPTY_PASSWORD: "yes"
    env_file: web.env
    secrets: [cert, {source: cert, target: /etc/cert.pem}]
    configs: [{source: made, target: /etc/made}]
secrets: {cert: {file: ./cert.pem}}
configs: {made: {content: "password=\${DB_PASSWORD}"}}
`;

test('no value of a secret is in the manifests: they refer to the keys of one Secret', async () => {
  const { objects, secret } = await convert(
    {
      compose: secretCompose,
      example: 'DB_PASSWORD=example-password\nADMIN=example-admin\n',
      files: { 'web.env.example': 'SMTP_PASSWORD=\nSMTP_HOST=mail\n', 'cert.pem': 'the-cert' },
      envFiles: [{ path: 'web.env', example: 'web.env.example', toFill: ['SMTP_PASSWORD'] }],
    },
    { values: { DB_PASSWORD: 'given-password', 'web.env:SMTP_PASSWORD': 'given-smtp' } },
  );
  expect(problemsOf(objects)).toEqual([]);
  const text = JSON.stringify(objects);
  for (const value of [
    'example-',
    'given-',
    'literal-token',
    'hunter2',
    'default-admin',
    'the-cert',
    '\\u0000',
  ]) {
    expect({ value, isThere: text.includes(value) }).toEqual({ value, isThere: false });
  }
  expect(secret?.name).toBe('shop-secrets');
  expect(secret?.keys.map(({ key, isFile }) => (isFile ? `${key} (file)` : key))).toEqual([
    ...['ADMIN', 'DB_PASSWORD', 'cert (file)', 'made (file)', 'web.API_TOKEN', 'web.CACHE_URL'],
    'web.SMTP_PASSWORD',
  ]);
  const [web] = find(objects, 'Deployment').spec.template.spec.containers;
  const variable = (name: string) => web.env.find((one: Any) => one.name === name);
  expect(variable('DATABASE_URL').value).toBe('postgres://app:$(DB_PASSWORD)@db/shop');
  expect(web.args).toEqual(['serve', '--password=$$$(DB_PASSWORD)']);
  expect(variable('DB_PASSWORD').valueFrom.secretKeyRef).toEqual({
    name: 'shop-secrets',
    key: 'DB_PASSWORD',
  });
  const names: string[] = web.env.map((one: Any) => one.name);
  expect(names.indexOf('DB_PASSWORD')).toBeLessThan(names.indexOf('DATABASE_URL'));
  const [db] = find(objects, 'Deployment', 'db').spec.template.spec.containers;
  // A probe expands nothing; its shell does.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is in the manifest.
  expect(db.readinessProbe.exec.command[2]).toBe('pg_isready -p ${POSTGRES_PASSWORD}');
});

test.each([
  [
    'healthcheck: {test: [CMD, check], interval: 1m30s, timeout: 500ms, retries: 5}',
    'check',
    [90, 1, 5],
  ],
  ['healthcheck: {test: check}', '/bin/sh -c check', [30, 30, 3]],
  ['healthcheck: {interval: 5s}', 'of-image', [5, 2, 4]],
  ['{}', 'of-image', [7, 2, 4]],
])('%s becomes a readiness probe', async (yaml, command, numbers) => {
  const healthcheck = { test: ['CMD', 'of-image'], interval: 7e9, timeout: 2e9, retries: 4 };
  const image = command === 'of-image' ? { healthcheck } : {};
  const { container } = await podOf(yaml === '{}' ? 'tty: false' : yaml, { image });
  const { exec, periodSeconds, timeoutSeconds, failureThreshold } = container.readinessProbe;
  expect(exec.command.join(' ')).toBe(command);
  expect([periodSeconds, timeoutSeconds, failureThreshold]).toEqual(numbers);
  expect(container.livenessProbe).toBeUndefined();
});

test.each(['{disable: true}', '{test: [NONE]}', '{test: NONE, disable: true}'])(
  'healthcheck %s is none, also over that of the image',
  async (check) => {
    const healthcheck = { test: ['CMD', 'x'], interval: 0, timeout: 0, retries: 0 };
    const { container } = await podOf(`healthcheck: ${check}`, { image: { healthcheck } });
    expect(container.readinessProbe).toBeUndefined();
  },
);

test('named volumes become claims of a StatefulSet, and services share one', async () => {
  const { objects, unmapped } = await convert({
    compose: `
services:
  db: {image: x, volumes: ["data:/var/lib/db", "data:/backup:ro"]}
  web: {image: x, volumes: [{type: volume, source: data, target: /data, volume: {subpath: a/b}}]}
volumes: {data: {}}
`,
  });
  expect(problemsOf(objects)).toEqual([]);
  expect(objects.filter(({ kind }) => kind === 'PersistentVolumeClaim')).toHaveLength(1);
  const { containers } = find(objects, 'StatefulSet', 'db').spec.template.spec;
  expect(containers[0].volumeMounts).toMatchObject([
    { mountPath: '/var/lib/db' },
    { mountPath: '/backup', readOnly: true },
  ]);
  expect(find(objects, 'StatefulSet').spec.template.spec.containers[0].volumeMounts).toMatchObject([
    { mountPath: '/data', subPath: 'a/b' },
  ]);
  expect(unmapped).toMatchObject([{ path: 'volumes.data', kind: 'changed' }]);
});

test('files of the bundle become ConfigMaps at their paths, with every byte', async () => {
  const binary = Buffer.from([0, 255, 1]);
  const { objects, container, why } = await podOf(
    'volumes: ["./nginx/default.conf:/etc/nginx/conf.d/default.conf:ro", "./conf:/etc/app"]',
    {
      files: {
        'nginx/default.conf': 'resolver 127.0.0.11;\r\n',
        'conf/a b/ü.txt': 'text',
        'conf/x.bin': binary,
      },
    },
  );
  expect(find(objects, 'ConfigMap', 'web-default-conf').data).toEqual({
    'default.conf': 'resolver 127.0.0.11;\r\n',
  });
  expect(find(objects, 'ConfigMap', 'web-app').binaryData).toEqual({
    'x.bin': binary.toString('base64'),
  });
  expect(container.volumeMounts).toEqual([
    expect.objectContaining({ subPath: 'default.conf', readOnly: true }),
    expect.objectContaining({ mountPath: '/etc/app', readOnly: true }),
  ]);
  expect(why['services.web.volumes[0]']).toContain('DNS of Docker');
  expect(why['services.web.volumes[1]']).toContain('read-only');
});

test.each([
  ['./big:/x:ro', { big: Buffer.alloc(1_048_577, 'x') }, '1 MiB'],
  ['/var/run/docker.sock:/var/run/docker.sock', {}, 'path of the host'],
  ['./gone:/x', {}, 'does not have what it mounts'],
])('the mount %s is named as not mapped', async (mount, files, reason) => {
  const { pod, why } = await podOf(`volumes: ["${mount}"]`, { files });
  expect(pod.volumes).toBeUndefined();
  expect(why['services.web.volumes[0]']).toContain(reason);
});

test('a folder that starts empty becomes a claim, and a private key a file of the Secret', async () => {
  const leftOut = [
    { service: 'web', source: './data', target: '/data', reason: 'data', was: 'empty' as const },
  ];
  const { workload, secret, container } = await podOf(
    'volumes: ["./data:/data", "./key.pem:/etc/key.pem:ro"]',
    { leftOut, files: { 'key.pem': '-----BEGIN PRIVATE KEY-----\nabc' } },
  );
  expect(workload.kind).toBe('StatefulSet');
  expect(secret?.keys).toMatchObject([{ key: 'key.pem', isFile: true }]);
  expect(container.volumeMounts[1]).toMatchObject({
    mountPath: '/etc/key.pem',
    subPath: 'key.pem',
  });
});

test('names become DNS labels of their own, and each change is named', async () => {
  const long = 'a'.repeat(70);
  const compose = `services:\n${['my_db', 'my-db', 'My.Db', long, '1st'].map((name) => `  ${name}: {image: x}\n`).join('')}`;
  const { objects, unmapped } = await convert({ compose });
  expect(problemsOf(objects)).toEqual([]);
  expect(objects.filter(({ kind }) => kind === 'Deployment')).toHaveLength(5);
  expect(find(objects, 'Service', 'my-db')).toBeDefined();
  expect(unmapped.filter(({ why }) => why.includes('its name becomes'))).toHaveLength(4);
});

test('security, resources and further settings of a pod', async () => {
  const { container, pod, why } = await podOf(`
user: "1000:root"
read_only: true
cap_add: [NET_ADMIN, CAP_SYS_TIME]
cap_drop: [ALL]
security_opt: ["no-new-privileges:true", "apparmor:x"]
group_add: [20, video]
mem_limit: 512m
cpus: 0.5
mem_reservation: 2g
tmpfs: ["/run:size=64m,mode=755", /tmp]
shm_size: 1gb
stop_grace_period: 1m30s
extra_hosts: ["db=10.0.0.1", "gw:host-gateway"]
hostname: web-1
working_dir: /srv
ulimits: {nofile: 10}
scale: 3`);
  expect(container.securityContext).toEqual({
    ...{ runAsUser: 1000, runAsGroup: 0, readOnlyRootFilesystem: true },
    capabilities: { add: ['NET_ADMIN', 'SYS_TIME'], drop: ['ALL'] },
    allowPrivilegeEscalation: false,
  });
  expect(container.resources).toEqual({
    limits: { cpu: '500m', memory: '512Mi' },
    // Kubernetes refuses a request above its limit.
    requests: { memory: '512Mi' },
  });
  expect(pod.volumes).toMatchObject([
    { emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    { emptyDir: { medium: 'Memory' } },
    { emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
  ]);
  expect(pod).toMatchObject({
    ...{ terminationGracePeriodSeconds: 90, hostname: 'web-1', enableServiceLinks: false },
    hostAliases: [{ ip: '10.0.0.1', hostnames: ['db'] }],
    securityContext: { supplementalGroups: [20] },
  });
  expect(Object.keys(why)).toEqual([
    ...['services.web.extra_hosts[1]', 'services.web.group_add[1]'],
    ...['services.web.security_opt[1]', 'services.web.ulimits'],
  ]);
});

test('a user or a privilege that does not fit is named instead of making an invalid pod', async () => {
  const { container, why } = await podOf(
    'user: postgres\nprivileged: true\nsecurity_opt: [no-new-privileges]',
  );
  expect(container.securityContext).toEqual({ privileged: true });
  expect(Object.keys(why)).toEqual(['services.web.security_opt[0]', 'services.web.user']);
});

test.each([
  ['user: "1000"', {}, 1000],
  ['user: "1000:2000"', {}, 2000],
  ['user: root', {}, undefined],
  ['user: "0:5"', {}, undefined],
  ['', { user: '999' }, 999],
  ['user: "1000"', { user: 'node' }, 1000],
  ['', {}, undefined],
])(
  'a service that is not root reads its secrets and writes its claims: %j in %j',
  async (user, image, fsGroup) => {
    for (const mounted of ['secrets: [key]', 'volumes: ["data:/data"]']) {
      const { pod, why } = await podOf(`${user}\n${mounted}`, { image });
      expect([mounted, pod.securityContext?.fsGroup]).toEqual([mounted, fsGroup]);
      expect(why).not.toHaveProperty(['services.web.user']);
    }
    // Nothing there belongs to root.
    const { pod } = await podOf(`${user}\ntmpfs: /run`, { image });
    expect(pod.securityContext).toBeUndefined();
  },
);

test('a user whom only the image names is in the report where it may not read what is mounted', async () => {
  const image = { user: 'node' };
  const { pod, why } = await podOf('secrets: [key]', { image });
  expect(pod.securityContext).toBeUndefined();
  expect(why['services.web.user']).toContain('the image runs as node');
  expect((await podOf('tmpfs: /run', { image })).why).not.toHaveProperty(['services.web.user']);
});

test('ports: the container’s inside, the published ones in a Service of their own', async () => {
  const compose = `
services:
  web:
    image: x
    ports: ["8080:80", "127.0.0.1:9000:9000", "30443:443/tcp", "5000-5001:5000-5001/udp", "53"]
    expose: [7000]
  db: {image: x}
`;
  const image = { ports: ['80/tcp', '6000/tcp'] };
  const { objects } = await convert({ compose, image }, { serviceType: 'NodePort' });
  expect(problemsOf(objects)).toEqual([]);
  const portsOf = (name: string) =>
    find(objects, 'Service', name).spec.ports.map(
      (one: Any) => `${one.port}:${one.targetPort}/${one.protocol}${one.nodePort ? '!' : ''}`,
    );
  expect(portsOf('web')).toEqual([
    ...['80:80/TCP', '9000:9000/TCP', '443:443/TCP', '5000:5000/UDP', '5001:5001/UDP'],
    ...['53:53/TCP', '7000:7000/TCP', '6000:6000/TCP'],
  ]);
  expect(portsOf('web-published')).toEqual([
    ...['8080:80/TCP', '30443:443/TCP!', '5000:5000/UDP', '5001:5001/UDP'],
  ]);
});

test('a service without known ports gets a headless Service, through which any port is reached', async () => {
  const { objects } = await convertService('tty: true');
  expect(find(objects, 'Service').spec).toMatchObject({ clusterIP: 'None' });
});

test('aliases, names of containers and links become Services', async () => {
  const { objects, unmapped } = await convert({
    compose: `
services:
  db: {image: x, container_name: my_db, networks: {default: {aliases: [database, web]}}}
  web: {image: x, container_name: front, links: ["db:sql"]}
`,
  });
  const services = objects
    .filter(({ kind }) => kind === 'Service')
    .map((one) => one.metadata?.name);
  expect(services.sort()).toEqual(['database', 'db', 'front', 'sql', 'web']);
  expect(unmapped.map(({ path }) => path)).toEqual([
    ...['services.db.container_name', 'services.db.networks.default.aliases'],
  ]);
});

test('a service that others wait for becomes a Job, with another name when it changes', async () => {
  const compose = (command: string) => `
services:
  migrate: {image: x, command: ${command}, restart: on-failure}
  web: {image: x, depends_on: {migrate: {condition: service_completed_successfully}}}
`;
  const jobOf = async (command: string): Promise<Any> =>
    (await convert({ compose: compose(command) })).objects.find(({ kind }) => kind === 'Job');
  const [one, same, other] = [await jobOf('a'), await jobOf('a'), await jobOf('b')];
  expect(one.spec.template.spec.restartPolicy).toBe('OnFailure');
  expect(one.metadata.name).toBe(same.metadata.name);
  expect(one.metadata.name).not.toBe(other.metadata.name);
});

test('a job of a swarm ends well as often, and one for each node is named', async () => {
  const three = await podOf('deploy: {mode: replicated-job, replicas: 3}');
  expect(three.workload.spec).toMatchObject({ completions: 3, parallelism: 3 });
  const once = await podOf('deploy: {mode: replicated-job}');
  expect(once.workload.spec).not.toHaveProperty('completions');
  expect(once.workload.metadata.name).not.toBe(three.workload.metadata.name);
  const { why } = await podOf('deploy: {mode: global-job}');
  expect(why).toHaveProperty(['services.web.deploy.mode'], expect.stringContaining('each node'));
});

test('a pod is replaced for a changed configuration, and not for another version', async () => {
  const templateOf = async (value: string, version: string) => {
    const compose = `services: {web: {image: x, environment: {A: ${value}}}}\n`;
    const { objects } = await convert({ compose, version });
    return find(objects, 'Deployment').spec.template;
  };
  const first = await templateOf('a', '1.0');
  expect(await templateOf('a', '2.0')).toEqual(first);
  expect(await templateOf('b', '1.0')).not.toEqual(first);
});

test('services of other profiles are left out by name, and --profile takes them in', async () => {
  const compose = 'services: {web: {image: x}, tool: {image: x, profiles: [tools]}}\n';
  const without = await convert({ compose });
  expect(find(without.objects, 'Deployment', 'tool')).toBeUndefined();
  expect(without.unmapped).toMatchObject([{ path: 'services.tool.profiles' }]);
  const withTools = await convert({ compose }, { profiles: ['tools'] });
  expect(find(withTools.objects, 'Deployment', 'tool')).toBeDefined();
});

test('an Ingress sends a host name to the port of a service', async () => {
  const compose = 'services: {web: {image: x, ports: ["8080:80"]}}\n';
  const rule = { host: 'shop.example', service: 'web' };
  const { objects, unmapped } = await convert({ compose }, { ingress: [rule] });
  expect(problemsOf(objects)).toEqual([]);
  expect(find(objects, 'Ingress', 'shop').spec.rules[0].http.paths[0].backend).toEqual({
    service: { name: 'web', port: { number: 80 } },
  });
  expect(unmapped).toEqual([]);
  for (const wrong of [{ service: 'none' }, { service: 'web', port: 81 }]) {
    await expect(convert({ compose }, { ingress: [{ ...rule, ...wrong }] })).rejects.toMatchObject({
      code: 'usage',
    });
  }
});

test('keys that are unknown or in an odd form are named, and spoil nothing else', async () => {
  const { why, container } = await podOf(
    'ports: {a: b}\nfuture_key: 1\ncommand: "a \'b"\nx-own: 1\nworking_dir: /srv',
  );
  expect(container.workingDir).toBe('/srv');
  expect(why).toEqual({
    'services.web.command': 'its form is not understood',
    'services.web.future_key': 'this key is not known here',
    'services.web.ports': 'its form is not understood',
  });
});

test('services that extend others in the same file have what they inherit', async () => {
  const { objects } = await convert({
    compose: `
services:
  base: {image: x, environment: {A: 1, B: 2}, profiles: [none]}
  web: {image: x, extends: {service: base}, environment: {B: 3}}
`,
  });
  expect(find(objects, 'ConfigMap', 'web-env').data).toEqual({ A: '1', B: '3' });
});

test('one mount at a path is left, whatever else is mounted there', async () => {
  const { container } = await podOf(
    'volumes: ["data:/data/", "data:/tmp"]\ntmpfs: [/tmp, /data]\nshm_size: 1g\nconfigs: [{source: c, target: data}]',
    {},
  );
  expect(container.volumeMounts.map((one: Any) => one.mountPath)).toEqual([
    ...['/data', '/tmp', '/dev/shm'],
  ]);
});

test('hostile names and characters become neither values nor references', async () => {
  const { container, objects, why } = await podOf(
    `environment: {A: "\${constructor:-none}", B: "\\0a b\\0", constructor: "\${toString:-x}"}
env_file: web.env
volumes: ["constructor:/a"]`,
    { files: { 'web.env': 'C=\u0000SECRET\u0000\n' } },
  );
  expect(container.env).toBeUndefined();
  expect(find(objects, 'ConfigMap', 'web-env').data).toEqual({
    ...{ A: 'none', C: 'SECRET', constructor: 'x' },
  });
  expect(Object.keys(why)).toEqual(['services.web.environment.B']);
});

test('published ports keep a Service of their own where a service or an alias has its name', async () => {
  const services = `
  web: {image: x, ports: ["80:80"], networks: {default: {aliases: [api-published]}}}
  web-published: {image: x}
  api: {image: x, ports: ["81:81"]}
`;
  const compose = `services:${services}`;
  const { objects } = await convert({ compose }, { serviceType: 'LoadBalancer' });
  const made: Any[] = objects.filter(({ kind }) => kind === 'Service');
  const published = made.filter(({ spec }) => spec.type === 'LoadBalancer');
  expect(published.map(({ spec }) => spec.ports[0].port).sort()).toEqual([80, 81]);
  const names = made.map(({ metadata }) => metadata.name);
  expect(new Set(names).size).toBe(names.length);
});
