import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  attemptsDuring,
  bundleCommand,
  connectedEngines,
  docker,
  type EngineName,
  exitOf,
  fixtureDir,
  offlineEngines,
  onEngine,
  printedBy,
  startOnEngine,
} from '@bundle/testkit';
import { z } from 'zod';

// Real daemons that have never had a network: any step that runs again there fails.

const scripts = dirname(bundleCommand[0] ?? '');
// connected-containerd: the fixture has to be built there first (build_fixture in scripts/lib/fixture.sh).
const capturedOn = z
  .enum(connectedEngines)
  .parse(process.env['BUNDLE_TEST_CAPTURED_ON'] ?? 'connected');
const repeats = Number(process.env['BUNDLE_TEST_REPEATS'] ?? 3);
// Two of the four have both versions and both stores.
const engines: readonly EngineName[] =
  process.env['BUNDLE_TEST_SWEEP'] === '1'
    ? offlineEngines
    : ['offline-28', 'offline-26-containerd'];
const reportSchema = z.object({
  images: z.array(
    z.object({
      image: z.string(),
      imageId: z.string(),
      previous: z.string().optional(),
      changed: z.boolean(),
      restoredModes: z.array(z.string()),
      steps: z.array(z.object({ name: z.string(), state: z.string() })),
    }),
  ),
});
const doctorSchema = z.object({
  checks: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      found: z.string(),
      hint: z.string().optional(),
    }),
  ),
});
type Image = z.output<typeof reportSchema>['images'][number];

let work: string;
const fixtureBundle = (): string => join(work, 'llm-chat.tar');
const mixedBundle = (): string => join(work, 'mixed');

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'rebuild-'));
  await cp(fixtureDir, join(work, 'llm-chat'), { recursive: true });
  await writeMixed(join(work, 'mixed-source'));
  await exported(join(work, 'llm-chat'), fixtureBundle());
  const mixed = join(work, 'mixed-source');
  const built = await onEngine(capturedOn, ['docker', 'compose', 'build'], {
    cwd: join(mixed, 'deploy'),
  });
  if (built.code !== 0) throw new Error(built.stderr);
  // The frontend would come from a registry, which is not available; it must not be requested.
  const file = join(mixed, 'one/build/Service.dockerfile');
  await writeFile(file, `# syntax=docker/dockerfile:1\n${await readFile(file, 'utf8')}`);
  await exported(join(mixed, 'deploy'), mixedBundle(), '--with-source');
});
afterAll(() => rm(work, { recursive: true, force: true }));

async function exported(folder: string, output: string, ...more: string[]): Promise<void> {
  const args = ['export', folder, '-o', output, '--no-runtime', '--json', ...more];
  const { code, stdout, stderr } = await onEngine(capturedOn, [...bundleCommand, ...args]);
  if (code !== 0) throw new Error(stdout + stderr);
}

/** Contexts outside the Compose file’s folder, other names, and other features of Dockerfiles. */
async function writeMixed(folder: string): Promise<void> {
  const files: Record<string, string> = {
    'deploy/compose.yaml': `name: mixed
services:
  one:
    build: { context: ../one, dockerfile: build/Service.dockerfile, args: { BASE: llm-chat/python:bookworm } }
  two:
    image: mixed/two:1
    build:
      context: ..
      dockerfile_inline: |
        FROM llm-chat/python:bookworm
        RUN echo two > /dependency
        COPY one/../two /two
        COPY linked /linked
`,
    'one/build/Service.dockerfile': `ARG BASE=scratch
ARG NONE
FROM \${NONE:+\${NONE}/}\${NONE:-\${BASE}} AS base
RUN <<EOF
set -e
date +%N > /dependency
EOF
COPY --from=llm-chat/nginx:bookworm /etc/nginx/mime.types /mime.types
FROM base
RUN --mount=type=bind,from=base,source=/dependency,target=/d cp /d /copied
COPY code /code
RUN cat /code > /result
`,
    'one/code': 'first\n',
    two: 'second\n',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await symlink('two', join(folder, 'linked'));
}

const noAttempts = { count: 0, packets: [] };

async function repeat(work: (round: number) => Promise<void>): Promise<void> {
  for (let round = 0; round < repeats; round += 1) await work(round);
}

describe.each(engines)('on %s', (engine) => {
  let state: string;
  let source: string;
  const bundle = (...args: string[]) => onEngine(engine, [...bundleCommand, ...args]);
  const rebuild = (...args: string[]) =>
    bundle('rebuild', '--state-dir', state, '--source', source, '--product', 'llm-chat', ...args);
  const rebuilt = async (...args: string[]): Promise<Image[]> => {
    const { code, stdout } = await rebuild('--json', ...args);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    return reportSchema.parse(JSON.parse(stdout)).images;
  };
  const ran = (image: Image | undefined): (string | undefined)[] =>
    (image?.steps ?? [])
      .filter(({ state: how }) => how !== 'reused')
      .map(({ name }) => /\] (.*)$/.exec(name)?.[1]);
  const edit = async (file: string, change: (text: string) => string): Promise<void> =>
    writeFile(join(source, file), change(await readFile(join(source, file), 'utf8')));

  beforeAll(async () => {
    state = join(work, `state-${engine}`);
    for (const path of [fixtureBundle(), mixedBundle()]) {
      const { code, stdout } = await bundle('import', path, '--state-dir', state, '--json');
      expect({ code, stdout }).toMatchObject({ code: 0 });
    }
  });
  afterAll(async () => {
    const all = await docker(engine, 'images', '--format', '{{.Repository}}:{{.Tag}}');
    const own = all.split('\n').filter((name) => /^(?:bundle-cache\/|llm-chat|mixed)/.test(name));
    await docker(engine, 'rmi', '-f', ...own);
  });
  beforeEach(async () => {
    source = join(work, `source-${engine}`);
    await rm(source, { recursive: true, force: true });
    await cp(join(work, 'llm-chat'), source, { recursive: true });
  });

  test(`a change of code runs no dependency step, ${repeats} times from a pruned builder`, async () => {
    const rebuildBoth = async (round: number): Promise<void> => {
      await docker(engine, 'builder', 'prune', '-af');
      await edit('backend/app.py', (text) => `${text}\n# ${round} ${process.pid}\n`);
      await edit(
        'frontend/src/main.js',
        (text) => `${text}\nconsole.log('${round} ${process.pid}');\n`,
      );
      const [backend] = await rebuilt('backend');
      expect(ran(backend)).toEqual(['COPY app.py ./']);
      const [frontend] = await rebuilt('frontend');
      expect(ran(frontend)).toEqual([
        'COPY . .',
        'RUN npm run build',
        'COPY --from=build /app/dist /usr/share/nginx/html',
      ]);
    };
    expect(await attemptsDuring(engine, () => repeat(rebuildBoth))).toEqual(noAttempts);
  });

  test('another build argument runs only the stages that use it', async () => {
    const [frontend] = await rebuilt(
      'frontend',
      '--build-arg',
      `NEXT_PUBLIC_API_URL=/v${process.pid}`,
    );
    expect(ran(frontend)).toEqual([
      'RUN npm run build',
      expect.stringMatching(/^COPY --from=build/),
    ]);
    const page = await printedBy(
      engine,
      frontend?.image ?? '',
      ...['sh', '-c', 'busybox cat /usr/share/nginx/html/assets/*.js'],
    );
    expect(page).toContain(`/v${process.pid}`);
  });

  test('the previous image keeps a name, and running containers keep running', async () => {
    const id = () => docker(engine, 'image', 'inspect', '-f', '{{.Id}}', 'llm-chat-backend:1.0.0');
    const first = await id();
    await edit('backend/app.py', (text) => `${text}\n# previous ${process.pid}\n`);
    const [image] = await rebuilt('backend');
    expect(image).toMatchObject({ changed: true, imageId: await id() });
    expect(await docker(engine, 'image', 'inspect', '-f', '{{.Id}}', image?.previous ?? '')).toBe(
      first,
    );
    const [again] = await rebuilt('backend');
    expect(again).toMatchObject({ changed: false, imageId: image?.imageId });
    expect(again?.previous).toBeUndefined();
  });

  test('an added requirement is refused before the build, with file and step', async () => {
    await edit('backend/requirements.txt', (text) => `${text}python3-yaml\n`);
    const { code, stderr } = await rebuild('backend', '--no-progress');
    expect(code).toBe(36);
    expect(stderr).toContain('requirements.txt changed, so line 5 (RUN apt-get -qq update');
    expect(stderr).not.toMatch(/^(?:reused|ran)/m);
  });

  test('modes changed by a stick are restored', async () => {
    for (const file of ['requirements.txt', 'app.py', 'Dockerfile'])
      await chmod(join(source, 'backend', file), 0o755);
    const [image] = await rebuilt('backend');
    expect(image?.restoredModes).toEqual(['app.py', 'requirements.txt']);
    expect(ran(image)).toEqual([]);
    const { code, stderr } = await rebuild('backend', '--keep-modes');
    expect(code).toBe(36);
    expect(stderr).toContain('the mode of requirements.txt changed');
  });

  test('--tag leaves the running image alone', async () => {
    const id = () => docker(engine, 'image', 'inspect', '-f', '{{.Id}}', 'llm-chat-backend:1.0.0');
    const first = await id();
    await edit('backend/app.py', (text) => `${text}\n# tag ${process.pid}\n`);
    const [image] = await rebuilt('backend', '--tag', 'dev');
    expect(image).toMatchObject({ image: 'llm-chat-backend:dev', changed: true });
    expect(await id()).toBe(first);
    expect(await rebuild('--all', '--tag', 'dev')).toMatchObject({ code: 2 });
  });

  test('--allow-rerun runs a new dependency step that needs no network', async () => {
    await edit('backend/Dockerfile', (text) =>
      text.replace('COPY requirements', 'RUN echo new > /new\nCOPY requirements'),
    );
    expect(await rebuild('backend')).toMatchObject({
      code: 36,
      stderr: expect.stringContaining('is a new or changed instruction'),
    });
    // The next step needs one and fails: the image stays.
    const { code, stderr } = await rebuild('backend', '--allow-rerun');
    expect(code).toBe(22);
    expect(stderr).toContain('apt-get');
    await edit('backend/Dockerfile', (text) =>
      text
        .replace('RUN echo new > /new\n', '')
        .replace('COPY app.py', 'RUN apt-get --version > /new\nCOPY app.py'),
    );
    const [image] = await rebuilt('backend', '--allow-rerun');
    expect(ran(image)).toEqual([
      expect.stringContaining('/new'),
      expect.stringMatching(/^COPY app\.py/),
    ]);
  });

  test('Ctrl-C in the middle of a step leaves the image and its names as they were', async () => {
    const names = async () =>
      (await docker(engine, 'images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}'))
        .split('\n')
        .sort();
    const before = await names();
    await edit('backend/Dockerfile', (text) =>
      text.replace('COPY app.py', 'RUN sleep 60\nCOPY app.py'),
    );
    const args = ['--state-dir', state, '--source', source, '--product', 'llm-chat'];
    const command = [...bundleCommand, 'rebuild', 'backend', '--allow-rerun', ...args];
    const child = startOnEngine(engine, command);
    let words = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      words += chunk.toString('utf8');
    });
    setTimeout(() => child.kill('SIGINT'), 3000);
    expect({ code: await exitOf(child), words }).toMatchObject({ code: 130 });
    expect(await names()).toEqual(before);
  });

  test('doctor reports problems in the source, or that there are none', async () => {
    const doctor = () =>
      bundle('doctor', '--state-dir', state, '--product', 'llm-chat', '--source', source, '--json');
    const problems = async () => {
      const { code, stdout } = await doctor();
      const { checks } = doctorSchema.parse(JSON.parse(stdout));
      const found = checks.filter(({ state: how }) => how === 'problem');
      expect(code).toBe(found.length === 0 ? 0 : 35);
      return found;
    };
    expect(await problems()).toEqual([]);
    await edit('backend/requirements.txt', (text) => `${text}python3-yaml\n`);
    expect((await problems())[0]).toMatchObject({
      name: 'source of backend',
      found: expect.stringContaining('requirements.txt changed'),
    });
    await docker(engine, 'rmi', '-f', 'llm-chat/python:bookworm');
    expect(await problems()).toEqual([
      expect.objectContaining({
        name: 'base and cache images',
        found: expect.stringMatching(/^1 of \d+ .*llm-chat\/python:bookworm$/),
        hint: expect.stringContaining('bundle import'),
      }),
    ]);
  });

  test('removed cache images are reloaded from the bundle, or else requested', async () => {
    const carried = await docker(engine, 'images', '--format', '{{.Repository}}:{{.Tag}}');
    const caches = carried.split('\n').filter((name) => name.startsWith('bundle-cache/llm-chat:'));
    expect(caches.length).toBeGreaterThan(3);
    const forget = async (): Promise<void> => {
      await docker(engine, 'rmi', '-f', ...caches, 'llm-chat/python:bookworm');
      await docker(engine, 'builder', 'prune', '-af');
    };
    // The bundle is expected where it was imported from.
    await forget();
    await edit('backend/app.py', (text) => `${text}\n# reloaded ${process.pid}\n`);
    expect(ran((await rebuilt('backend'))[0])).toEqual(['COPY app.py ./']);
    await forget();
    const elsewhere = `${fixtureBundle()}.elsewhere`;
    await rename(fixtureBundle(), elsewhere);
    const { code, stderr } = await rebuild('backend');
    await rename(elsewhere, fixtureBundle());
    expect(code).toBe(35);
    expect(stderr).toMatch(/bundle-cache\/llm-chat:backend-dependencies-\w+/);
    expect(stderr).toContain(`(it is no longer at ${fixtureBundle()})`);
    const other = await rebuild('backend', '--bundle', mixedBundle());
    expect(other).toMatchObject({ code: 35, stderr: expect.stringContaining('found:    mixed') });
    await edit('backend/app.py', (text) => `${text}\n# after ${process.pid}\n`);
    const [image] = await rebuilt('backend', '--bundle', fixtureBundle());
    expect(ran(image)).toEqual(['COPY app.py ./']);
  });

  test('the script in the release does the same with plain docker, and hands over to the command', async () => {
    const script = join(state, 'llm-chat/current/build-cache/rebuild.sh');
    const run = (env: Record<string, string>, ...args: string[]) =>
      onEngine(engine, ['sh', script, '--source', source, ...args], { env });
    // Importing again restores what the previous test removed.
    expect(await bundle('import', fixtureBundle(), '--state-dir', state)).toMatchObject({
      code: 0,
    });
    await docker(engine, 'builder', 'prune', '-af');
    await edit('backend/app.py', (text) => `${text}\n# script ${process.pid}\n`);
    const plain = await run({ BUILDKIT_PROGRESS: 'plain' }, '--plain', 'backend');
    expect(plain).toMatchObject({ code: 0, stdout: expect.stringContaining('Rebuilt backend as') });
    // The dependency step would have to download something, which is impossible.
    expect(plain.stderr).toMatch(/RUN apt-get[^\n]*\n#\d+ CACHED/);
    const again = await run({}, '--plain', '--all');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Up to date') });
    const menu = await run({}, '--plain');
    expect(menu).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') });
    const other = await run({}, '--plain', 'nginx');
    expect(other).toMatchObject({ code: 35, stderr: expect.stringContaining('1  backend') });
    const handed = await run({ PATH: `${scripts}:${process.env['PATH'] ?? ''}` }, 'backend');
    // Docker 26 with the containerd store gets the base image from the command, which makes it a different image with
    // the same steps.
    expect(handed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Up to date|: 5 steps reused, 0 steps run/),
    });
    await edit('backend/requirements.txt', (text) => `${text}python3-yaml\n`);
    const changed = await run({}, '--plain', 'backend');
    expect(changed).toMatchObject({
      code: 36,
      stderr: expect.stringContaining('requirements.txt changed'),
    });
  });

  test('bad input ends in one message, and the image stays', async () => {
    const id = () => docker(engine, 'image', 'inspect', '-f', '{{.Id}}', 'llm-chat-backend:1.0.0');
    const first = await id();
    expect(await rebuild('nginx')).toMatchObject({
      code: 35,
      stderr: expect.stringContaining('expected: one of backend, frontend'),
    });
    expect(await rebuild()).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') });
    await edit('backend/Dockerfile', (text) => text.replace('COPY app.py', 'COPY absent.py'));
    expect(await rebuild('backend')).toMatchObject({
      code: 22,
      stderr: expect.stringContaining('absent.py'),
    });
    source = join(work, 'absent');
    expect(await rebuild('backend')).toMatchObject({
      code: 35,
      stderr: expect.stringContaining(join(source, 'backend/Dockerfile')),
    });
    expect(await id()).toBe(first);
  });

  test('the source in the bundle can be rebuilt: contexts outside the folder, other names, here-documents, links, variables, images of others', async () => {
    source = join(work, `mixed-${engine}/deploy`);
    const place = [join(source, '..'), '--product', 'mixed', '--state-dir', state];
    const written = await bundle('source', ...place, '--json');
    expect(written).toMatchObject({ code: 0 });
    expect(JSON.parse(written.stdout)).toMatchObject({ project: source, files: 4 });
    // The existing folder is somebody’s work.
    expect(await bundle('source', ...place)).toMatchObject({ code: 40 });
    const all = ['--json', 'one', 'two', '--product', 'mixed'];
    const rebuildAll = async (round: number): Promise<void> => {
      await docker(engine, 'builder', 'prune', '-af');
      await writeFile(join(source, '../one/code'), `code ${round}\n`);
      await writeFile(join(source, '../two'), `two ${round}\n`);
      const { code, stdout } = await bundle(
        'rebuild',
        '--state-dir',
        state,
        '--source',
        source,
        ...all,
      );
      expect({ code, stdout }).toMatchObject({ code: 0 });
      const images = reportSchema.parse(JSON.parse(stdout)).images;
      expect(ran(images.at(-1))).toEqual(['COPY one/../two /two', 'COPY linked /linked']);
      expect(ran(images[0])).toEqual(['COPY code /code', 'RUN cat /code > /result']);
    };
    expect(await attemptsDuring(engine, () => repeat(rebuildAll))).toEqual(noAttempts);
    expect(await printedBy(engine, 'mixed-one', 'cat', '/result')).toBe(`code ${repeats - 1}`);
    const linked = await printedBy(engine, 'mixed/two:1', 'cat', '/linked');
    expect(linked).toBe(`two ${repeats - 1}`);
  });
});
