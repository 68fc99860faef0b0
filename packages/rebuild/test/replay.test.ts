import { neededStages, parseDockerfile, stepKeys } from '@bundle/recipe';
import { stagesToBuild, withBases } from '../src/replay.ts';

const digest = `sha256:${'0'.repeat(64)}` as const;
const options = { file: 'Dockerfile', buildArgs: {}, platform: 'linux/amd64', buildContexts: [] };

function stagesOf(text: string) {
  return neededStages(parseDockerfile(text, options), undefined, 'Dockerfile');
}

function capturedOf(text: string) {
  const stages = stagesOf(text);
  const inputs = { globals: {}, buildArgs: {}, files: [], contextFiles: {}, chains: {} };
  return {
    stages: stages.map(({ name }) => ({ name, image: `cache:${name}`, manifest: digest })),
    steps: stepKeys({ ...inputs, stages }),
  };
}

const text = `FROM node AS dependencies
RUN npm ci
FROM dependencies AS build
RUN npm run build
FROM nginx AS app
COPY --from=build /dist /
`;

test('a stage that another one is based on is not built separately', () => {
  const stages = stagesToBuild(capturedOf(text), stagesOf(text));
  expect(stages.map(({ image }) => image)).toEqual(['cache:build', 'cache:app']);
});

test('it is if that was not so at the export, since no other cache has its steps', () => {
  const changed = `FROM node AS tools
RUN npm ci
FROM tools AS build
RUN npm run build
`;
  const captured = capturedOf(
    changed.replace('FROM tools AS build', 'FROM node AS build\nCOPY --from=tools / /'),
  );
  expect(stagesToBuild(captured, stagesOf(changed)).map(({ name }) => name)).toEqual([
    'tools',
    'build',
  ]);
});

test('a stage unknown to the export is built without a cache', () => {
  const changed = `${text}FROM app AS final\nRUN true\n`;
  expect(stagesToBuild(capturedOf(text), stagesOf(changed))).toEqual([
    expect.objectContaining({ image: 'cache:build' }),
    expect.objectContaining({ image: 'cache:app' }),
    { name: 'final' },
  ]);
});

describe('images named in the Dockerfile', () => {
  const base = { reference: 'node:24', image: 'node:24', chain: digest, manifest: digest };
  const pinned = { ...base, reference: `node:24@${digest}` };
  const other = `sha256:${'1'.repeat(64)}` as const;
  const of = (bases: readonly (typeof base)[], id: string) => ({
    recipe: { bases: [...bases] },
    baseIds: Object.fromEntries(bases.map(({ reference }) => [reference, id])),
  });
  const layout = `oci-layout:///releases/a/build-cache/layout@${digest}`;

  test('come from the release’s layout if the engine keeps manifests, also under another name', () => {
    const named = { runtime: 'docker-image://node:24', files: '/src' };
    expect(withBases(named, of([base], digest), 'containerd', '/releases/a')).toEqual({
      runtime: layout,
      files: '/src',
      'node:24': layout,
    });
  });

  test('come from the engine if it has them under another manifest or keeps none', () => {
    expect(withBases({}, of([base], other), 'containerd', '/releases/a')).toEqual({});
    expect(withBases({}, of([base], digest), 'graph-driver', '/releases/a')).toEqual({});
    expect(withBases({}, of([pinned], other), 'graph-driver', '/releases/a')).toEqual({
      [pinned.reference]: 'docker-image://node:24',
    });
  });

  test('come from the engine if buildx would misread the folder', () => {
    expect(withBases({}, of([base], digest), 'containerd', '/releases/a:b')).toEqual({});
  });
});
