import {
  carriedMounts,
  carriedPermissions,
  checkCarriedFiles,
  permissionId,
} from '../src/carried-project.ts';

const folder = '/state/shop/releases/1.0-111111111111';
const files = (compose: string, offline = 'services: {}') => [
  { path: 'docker-compose.yml', text: compose },
  { path: 'compose.offline.yml', text: offline },
];
const none = (): undefined => undefined;
const ids = (...given: Parameters<typeof files>) =>
  carriedPermissions(files(...given), folder, none).map(permissionId);

test('paths in the release belong to it, and paths above it to the host', () => {
  expect(
    ids(`
services:
  api:
    image: api
    volumes: [./conf:/conf, ../other:/other, "~/data:/data", "./a/../../x:/x"]
    env_file: [api.env, ../../shared.env]
`),
  ).toEqual([
    'api host-path /state/shop/releases/other',
    `api host-path ${process.env['HOME']}/data`,
    'api host-path /state/shop/releases/x',
    'api host-path /state/shop/shared.env',
  ]);
});

test('the second file counts too, and so do definitions in it', () => {
  expect(
    ids(
      'services: {api: {image: api, secrets: [s], volumes: ["v:/v"]}}',
      `
services: {api: {privileged: true}}
secrets: {s: {file: /etc/shadow}}
volumes: {v: {driver_opts: {type: none, o: bind, device: /}}}
`,
    ),
  ).toEqual(['api host-path /', 'api host-path /etc/shadow', 'api privileged']);
});

test('a mount, and the file of a config, are those of the later file', () => {
  expect(
    ids(
      'services: {api: {image: api, configs: [c], volumes: ["../conf:/conf:ro", "/srv:/srv/"]}}\nconfigs: {c: {file: ../c}}',
      'services: {api: {volumes: ["./_parent/conf:/conf:ro", "./.mounts/srv:/srv"]}}\nconfigs: {c: {file: ./_parent/c}}',
    ),
  ).toEqual([]);
});

test('env files of the first file count, unless the second says that it replaces them', () => {
  const compose = 'services: {api: {image: api, env_file: [../a.env]}}';
  const list = '[./_parent/a.env]';
  expect(ids(compose, `services: {api: {env_file: !override ${list}}}`)).toEqual([]);
  expect(ids(compose, `services: {api: {env_file: ${list}}}`)).toEqual([
    'api host-path /state/shop/releases/a.env',
  ]);
});

test('what services mount is that of the later file, for services that are started', () => {
  const compose = `
services:
  base: {image: api, volumes: ["./a:/a", "../b:/b"]}
  api: {extends: base, volumes: ["/srv:/srv:ro"]}
  extra: {image: api, profiles: [extra], volumes: ["/x:/x"]}
`;
  const offline = 'services: {base: {}, api: {volumes: ["./_parent/b:/b"]}, extra: {image: e}}';
  const sources = (profiles?: string) =>
    carriedMounts(files(compose, offline), folder, (name) =>
      name === 'COMPOSE_PROFILES' ? profiles : undefined,
    ).map(({ service, source }) => `${service} ${source}`);
  expect(sources().sort()).toEqual(
    [
      `api ${folder}/_parent/b`,
      `api ${folder}/a`,
      'api /srv',
      'base /state/shop/releases/b',
      `base ${folder}/a`,
    ].sort(),
  );
  expect(sources('extra')).toContain('extra /x');
});

test('a permission granted by a setting is listed with the value of the setting', () => {
  const lookup = (name: string) => ({ MODE: 'host', DIR: '/srv' })[name];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose uses the same syntax.
  const compose = 'services: {api: {image: api, network_mode: $MODE, volumes: ["${DIR:-./d}:/d"]}}';
  expect(carriedPermissions(files(compose), folder, lookup).map(permissionId)).toEqual([
    'api host-namespace network',
    'api host-path /srv',
  ]);
  expect(carriedPermissions(files(compose), folder, none)).toEqual([]);
});

test.each([
  ['include: [other.yml]', 'include'],
  ['services: {api: {extends: {file: other.yml, service: x}}}', 'extends'],
  ['services: {api: {image: api, provider: {type: ./evil.sh}}}', 'provider'],
])('a file that refers to something outside is refused: %s', (text, kind) => {
  expect(() => checkCarriedFiles(files(text))).toThrow(new RegExp(`line \\d+: ${kind} of`));
  expect(() => checkCarriedFiles(files('services: {}', text))).toThrow('compose.offline.yml');
});

test('an ordinary pair of files is accepted', () => {
  expect(() =>
    checkCarriedFiles(
      files(
        'services: {api: {extends: base, image: api}, base: {image: b}}',
        'services: {api: {build: !reset null, pull_policy: never}}',
      ),
    ),
  ).not.toThrow();
});

test.each([
  ['a key twice', 'services: {api: {privileged: true, image: a}, api: {image: a}}'],
  ['two documents', 'services: {}\n---\nservices: {api: {privileged: true, image: a}}'],
  ['an alias in its own anchor', 'services: {api: &a {privileged: true, image: a, x-a: *a}}'],
])('a file that Compose might read otherwise is refused, not taken for harmless: %s', (_, text) => {
  expect(() => checkCarriedFiles(files(text))).toThrow(/docker-compose\.yml.*line/);
  expect(() => ids(text)).toThrow(/docker-compose\.yml.*line/);
});
