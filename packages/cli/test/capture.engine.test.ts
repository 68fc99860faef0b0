import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleCommand,
  connectedEngines,
  docker,
  type EngineName,
  onEngine,
} from '@bundle/testkit';

// An export builds on the developer’s own engine, which must afterwards work as before.

const repeats = Number(process.env['BUNDLE_TEST_REPEATS'] ?? 3);
let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'capture-'));
  const compose = 'name: capture\nservices:\n  app:\n    image: capture/app:1\n    build: .\n';
  await writeFile(join(project, 'compose.yaml'), compose);
  await writeFile(
    join(project, 'Dockerfile'),
    `FROM llm-chat/nginx:bookworm AS dependencies
RUN echo ${process.pid} > /dependencies
RUN --mount=type=secret,id=none --mount=type=tmpfs,target=/scratch echo ${process.pid} > /more
FROM dependencies AS build
COPY source /source
RUN read line < /source && echo "$line" > /result
FROM llm-chat/nginx:bookworm
COPY --from=build /result /result
`,
  );
  // With compressed layers, as from a registry.
  const nginx = join(project, 'nginx.yaml');
  await writeFile(nginx, 'services: { a: { image: "llm-chat/nginx:bookworm" } }\n');
  const packed = join(project, '..', `capture-base-${process.pid}.tar`);
  const pack = ['export', nginx, '-o', packed, '--product', 'capture-base', '--no-runtime'];
  const load = ['import', packed, '--yes', '--state-dir', `${packed}-state`];
  for (const [engine, args] of [
    ['connected', pack],
    ['connected-containerd', load],
  ] as const) {
    const { code, stderr } = await onEngine(engine, [...bundleCommand, ...args]);
    if (code !== 0) throw new Error(stderr);
  }
  await rm(packed);
  await rm(`${packed}-state`, { recursive: true });
  await rm(nginx);
});
afterAll(() => rm(project, { recursive: true, force: true }));

describe.each(connectedEngines)('on %s', (engine) => {
  const images = async () =>
    (await docker(engine, 'images', '--all', '--no-trunc', '--quiet')).split('\n').sort();
  /** Returns the steps that ran. */
  const build = async (): Promise<string[]> => {
    const command = ['docker', 'compose', '--progress', 'plain', 'build'];
    const { code, stdout, stderr } = await onEngine(engine, command, { cwd: project });
    const words = stdout + stderr;
    if (code !== 0) throw new Error(words);
    return [...words.matchAll(/^#(\d+) \[.*\d\/\d\] (?!FROM)(.+)$/gm)].flatMap(
      ([, number, step = '']) => (words.includes(`#${number} CACHED`) ? [] : [step]),
    );
  };

  test('the engine builds after an export as it did before, and has the same images', async () => {
    for (let round = 0; round < 2; round += 1) {
      await writeFile(join(project, 'source'), `${process.pid} ${round}\n`);
      const changed = ['COPY source /source', 'RUN read line < /source && echo "$line" > /result'];
      expect(await build()).toEqual([
        ...(round === 0
          ? [
              expect.stringContaining(`RUN echo ${process.pid}`),
              expect.stringContaining('RUN --mount=type=secret'),
            ]
          : []),
        ...changed,
        'COPY --from=build /result /result',
      ]);
      const before = await images();
      const output = join(project, '..', `capture-${process.pid}-${engine}`);
      const args = ['export', project, '-o', output, '--force', '--no-runtime', '--no-progress'];
      expect(await onEngine(engine, [...bundleCommand, ...args])).toMatchObject({ code: 0 });
      await rm(output, { recursive: true });
      expect(await images()).toEqual(before);
      expect(await build()).toEqual([]);
    }
    await docker(engine, 'rmi', 'capture/app:1');
  });
});

describe('a capture from the containerd store', () => {
  const reused = { code: 0, stdout: expect.stringMatching(/5 steps reused|Up to date/) };
  const output = (): string => join(project, '..', `capture-${process.pid}.tar`);
  const capture = async (): Promise<void> => {
    await writeFile(join(project, 'source'), `${process.pid}\n`);
    const command = ['docker', 'compose', 'build', '-q'];
    const built = await onEngine('connected-containerd', command, { cwd: project });
    expect(built).toMatchObject({ code: 0 });
    const args = ['export', project, '-o', output(), '--force', '--no-runtime', '--no-progress'];
    const packed = await onEngine('connected-containerd', [...bundleCommand, ...args]);
    expect(packed).toMatchObject({ code: 0 });
  };
  const rebuilt = async (engine: EngineName) => {
    const bundle = (...words: string[]) => onEngine(engine, [...bundleCommand, ...words]);
    const state = ['--state-dir', `${output()}-${engine}`];
    expect(await bundle('import', output(), ...state, '--yes')).toMatchObject({ code: 0 });
    await docker(engine, 'builder', 'prune', '-af');
    const result = await bundle('rebuild', 'app', ...state, '--source', project, '--no-progress');
    const all = await docker(engine, 'images', '--format', '{{.Repository}}:{{.Tag}}');
    const own = all.split('\n').filter((name) => /^(?:bundle-cache\/)?capture/.test(name));
    await docker(engine, 'rmi', '-f', ...own);
    await rm(`${output()}-${engine}`, { recursive: true });
    return result;
  };
  afterAll(async () => {
    await docker('connected-containerd', 'rmi', 'capture/app:1');
    await rm(output());
  });

  test('is reused there every time, and by all other engines', async () => {
    await capture();
    for (let round = 0; round < repeats; round += 1)
      expect(await rebuilt('offline-28-containerd')).toMatchObject(reused);
    for (const engine of ['offline-28', 'offline-26', 'offline-26-containerd'] as const)
      expect({ engine, ...(await rebuilt(engine)) }).toMatchObject({ engine, ...reused });
  });

  test('on a base image with plain layers is reused too', async () => {
    const saved = join(project, '..', `capture-plain-${process.pid}.tar`);
    await docker('connected', 'save', '-o', saved, 'llm-chat/nginx:bookworm');
    await docker('connected-containerd', 'rmi', '-f', 'llm-chat/nginx:bookworm', 'capture/app:1');
    await docker('connected-containerd', 'builder', 'prune', '-af');
    await docker('connected-containerd', 'load', '-q', '-i', saved);
    await rm(saved);
    await capture();
    for (const engine of ['offline-28-containerd', 'offline-28'] as const)
      expect({ engine, ...(await rebuilt(engine)) }).toMatchObject({ engine, ...reused });
  });
});
