// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findComposeFiles } from '@bundle/compose';
import { createComposeTool } from '@bundle/engine/compose-cli';
import { type EngineName, fixtureDir, onEngine } from '@bundle/testkit';
import { parse } from 'yaml';
import type { ApplicationOptions, ApplicationPlan } from '../src/application/application.ts';
import { planApplication } from '../src/application/plan.ts';
import { errorOf, options, projectFolder, removeProject, textOf } from './project-folder.ts';

/** Environment of a shell set up by `scripts/engines env`: its docker and plugins. */
async function environment(engine: EngineName): Promise<Record<string, string>> {
  const { stdout } = await onEngine(engine, ['env']);
  return Object.fromEntries(
    stdout.split('\n').flatMap((line) => {
      const [, name, value] = /^(PATH|HOME|DOCKER_CONFIG)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}

const releases: [string, EngineName][] = [
  ['2.40', 'connected'],
  ['2.26', 'offline-26'],
];

describe.each(releases)('with the compose plugin %s', (release, engine) => {
  let env: Record<string, string>;
  let folder = '';
  beforeAll(async () => {
    env = await environment(engine);
    expect(await createComposeTool({ env }).version()).toMatch(new RegExp(`^v?${release}`));
  });
  afterEach(async () => {
    if (folder !== '') await removeProject(folder);
  });

  const plan = (files: readonly string[], more: Partial<ApplicationOptions> = {}) =>
    planApplication(options(folder, files, more), createComposeTool({ env }), env);

  /** Writes the bundle's files to a folder, and resolves them with Compose as on the offline host. */
  async function offline(planned: ApplicationPlan, dotenv = ''): Promise<unknown> {
    const bundle = join(dirname(folder), 'bundle');
    await rm(bundle, { recursive: true, force: true });
    for (const { path, content } of planned.files) {
      await mkdir(dirname(join(bundle, path)), { recursive: true });
      if ('file' in content) await copyFile(content.file, join(bundle, path));
      else await writeFile(join(bundle, path), content.text);
    }
    for (const { path, example } of planned.envFiles) {
      await copyFile(join(bundle, example), join(bundle, path));
    }
    if (dotenv !== '') await writeFile(join(bundle, '.env'), dotenv);
    const composeFiles = ['docker-compose.yml', 'compose.offline.yml'];
    const files = composeFiles.map((file) => join(bundle, file));
    return createComposeTool({ env }).config({ files, profiles: ['*'] }, { interpolate: true });
  }

  it('the example application is planned completely, and Compose accepts the generated files', async () => {
    folder = await projectFolder({});
    const planned = await planApplication(
      options(fixtureDir, ['docker-compose.yml']),
      createComposeTool({ env }),
      env,
    );
    expect(planned.product).toBe('llm-chat');
    expect(planned.images).toEqual([
      expect.objectContaining({ reference: 'llm-chat-backend:1.0.0', built: true }),
      expect.objectContaining({ reference: 'llm-chat-frontend:1.0.0', built: true }),
      expect.objectContaining({ reference: 'llm-chat/nginx:bookworm', built: false }),
    ]);
    expect(planned.files.map(({ path }) => path)).toEqual([
      'docker-compose.yml',
      'compose.offline.yml',
      'env.example',
      'nginx/default.conf',
    ]);
    expect(planned.files[0]?.content).toEqual({ file: join(fixtureDir, 'docker-compose.yml') });
    expect(await offline(planned)).toMatchObject({
      name: 'llm-chat',
      services: { backend: { image: 'llm-chat-backend:1.0.0', pull_policy: 'never' } },
    });
  });

  it('a single file: same bytes, pinned images and no build, on the offline host too', async () => {
    folder = await projectFolder({
      'compose.yml': `services:
  web:
    build: ./web
    image: web:\${TAG:-dev}
    volumes: ["\${CONF:-./conf}:/conf:ro"]
  api: {build: ./web}
  db: {image: "postgres@sha256:${'1'.repeat(64)}", profiles: [data]}
`,
      'conf/a.conf': 'a\n',
      'web/Dockerfile': 'FROM scratch\n',
      '.env': 'TAG=7\n',
    });
    const planned = await plan(['compose.yml']);
    expect(planned.images.map(({ reference }) => reference)).toEqual([
      'postgres:sha256-111111111111',
      'shop-api:latest',
      'web:7',
    ]);
    const resolved = await offline(planned);
    expect(resolved).toMatchObject({
      name: 'shop',
      services: {
        web: { image: 'web:7', pull_policy: 'never' },
        api: { image: 'shop-api:latest', pull_policy: 'never' },
        db: { image: 'postgres:sha256-111111111111', pull_policy: 'never' },
      },
    });
    expect(JSON.stringify(resolved)).not.toContain('"build":{');
  });

  it('several files become one with the same meaning, without paths and values of this machine', async () => {
    folder = await projectFolder({
      'docker-compose.yml': `include: [base/compose.yaml]
services:
  web:
    image: nginx:\${TAG:-1.27}
    env_file: web.env
    environment: [CANARY_PASSED, "KEY=\${CANARY_KEY}", "N=$$1"]
    ports: ["\${PORT:-8080}:80"]
    volumes: ["./web.conf:/web.conf:ro"]
    build: {context: ./web, args: [CANARY_PASSED]}
    networks: [front]
networks: {front: {}}
`,
      'docker-compose.override.yml': 'services: {web: {command: ["yes", "12:30"]}}\n',
      'base/compose.yaml': `services:
  log: {image: busybox, env_file: log.env, volumes: ["./log.conf:/log.conf:ro"]}
  more: {extends: {file: deep/more.yaml, service: more}}
`,
      'base/deep/more.yaml':
        'services: {more: {image: busybox, env_file: more.env, volumes: ["./more.conf:/m"]}}\n',
      'base/log.conf': 'l\n',
      'base/deep/more.conf': 'm\n',
      'web.conf': 'w\n',
      'web/Dockerfile': 'FROM scratch\n',
      '.env': 'CANARY_KEY=canary1\nCANARY_PASSED=canary2\n',
      'web.env': 'W=canary3\n',
      'base/log.env': 'L=canary4\n',
      'base/deep/more.env': 'M=canary5\n',
    });
    const files = await findComposeFiles(folder);
    expect(files).toHaveLength(2);
    const planned = await planApplication(
      { composeFiles: files, extraImages: [], extraFiles: [], withEnv: [] },
      createComposeTool({ env }),
      env,
    );
    const text = textOf(planned, 'docker-compose.yml');
    // A build argument is the only value of this machine that has to be packed, and it is reported.
    const [build] = planned.builds;
    expect(build?.buildArgs).toEqual({ CANARY_PASSED: 'canary2' });
    expect(planned.warnings.map(({ message }) => message)).toContainEqual(
      expect.stringContaining(
        'the value of build argument CANARY_PASSED of web goes into the bundle',
      ),
    );
    expect(JSON.stringify({ ...planned, builds: [] })).not.toContain('canary');
    expect(text).not.toContain(folder);
    expect(text).toContain('KEY=${CANARY_KEY}');
    expect(planned.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'web.conf',
        'base/log.conf',
        'base/deep/more.conf',
        'web.env.example',
        'base/log.env.example',
        'base/deep/more.env.example',
      ]),
    );
    expect(planned.envFiles).toHaveLength(4);
    expect(await offline(planned, 'CANARY_KEY=theirs\nPORT=99\n')).toMatchObject({
      name: 'shop',
      services: {
        web: {
          image: 'nginx:1.27',
          command: ['yes', '12:30'],
          environment: { KEY: 'theirs', N: '$1' },
          ports: [{ published: '99', target: 80 }],
          volumes: [{ source: join(dirname(folder), 'bundle/web.conf') }],
        },
        log: { volumes: [{ source: join(dirname(folder), 'bundle/base/log.conf') }] },
        more: { volumes: [{ source: join(dirname(folder), 'bundle/base/deep/more.conf') }] },
      },
    });
    expect(parse(text)).not.toHaveProperty('name');
  });

  it('documents of one file are merged, and included files keep the values of their own env files', async () => {
    folder = await projectFolder({
      'compose.yaml':
        'include: [sub/compose.yaml]\nservices: {web: {image: nginx}}\n---\nservices: {web: {labels: {a: "1"}}}\n',
      'sub/compose.yaml': `services: {db: {image: "db:\${TAG}", environment: {X: "\${OF_SUB}"}}}\n`,
      'sub/.env': 'TAG=7\nOF_SUB=canary\n',
    });
    const planned = await plan(['compose.yaml']);
    expect(planned.images.map(({ reference }) => reference)).toEqual(['db:7', 'nginx:latest']);
    expect(JSON.stringify(planned)).not.toContain('canary');
    expect(planned.warnings.map(({ message }) => message)).not.toContainEqual(
      expect.stringContaining('becomes empty'),
    );
    expect(await offline(planned, 'OF_SUB=theirs\n')).toMatchObject({
      services: {
        web: { labels: { a: '1' } },
        db: { image: 'db:7', environment: { X: 'theirs' } },
      },
    });
  });

  it('a project that Compose refuses ends in its own words', async () => {
    folder = await projectFolder({
      'compose.yaml': 'services: {web: {image: nginx, prots: []}}\n',
      'unset.yaml': 'services: {web: {image: "nginx:${TAG:?name the tag}"}}\n',
    });
    const { code, details } = await errorOf(plan(['compose.yaml']));
    expect(code).toBe('compose-invalid');
    expect(details.found).toMatch(/prots/);
    expect((await errorOf(plan(['unset.yaml']))).details.found).toMatch(/TAG.*name the tag/);
  });

  it('--product names the project, and thereby the images that it builds', async () => {
    folder = await projectFolder({ 'compose.yaml': 'services: {api: {build: .}}\n' });
    const { product, images } = await plan(['compose.yaml'], { product: 'other' });
    expect([product, images[0]?.reference]).toEqual(['other', 'other-api:latest']);
  });

  it('a single file gets the same plan without the plugin', async () => {
    folder = await projectFolder({
      'compose.yaml': `services:
  web:
    image: nginx:\${TAG:-1}
    env_file: [a.env, {path: b.env, required: false}]
    volumes: [./a.conf:/a:ro, ./conf:/conf, "\${X:-./x}:/x:ro", vol:/v, ~/y:/y, {type: bind, source: ./l.conf, target: /l}]
    configs: [c]
  api: {extends: web, privileged: "\${P:-true}"}
configs: {c: {file: ./c.conf}}
volumes: {vol: {}}
`,
      'a.conf': '',
      'c.conf': '',
      'l.conf': '',
      'conf/x.conf': '',
      'x/x.conf': '',
      'a.env': 'A=1\n',
    });
    const without = { version: async () => undefined, config: fail, build: fail, up: fail };
    const plain = await planApplication(options(folder, ['compose.yaml']), without, env);
    expect(plain).toEqual(await plan(['compose.yaml']));
  });
});

async function fail(): Promise<never> {
  throw new Error('there is no plugin to ask');
}
