import { neededStages, parseDockerfile, stepKeys } from '@bundle/recipe';
import { stagesToBuild } from '../src/replay.ts';

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

test('a stage that another is built on needs no build of its own', () => {
  const stages = stagesToBuild(capturedOf(text), stagesOf(text));
  expect(stages.map(({ image }) => image)).toEqual(['cache:build', 'cache:app']);
});

test('it has one where it was not so at the export, since no other cache has its steps', () => {
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

test('a stage that the export did not know is built without a cache', () => {
  const changed = `${text}FROM app AS final\nRUN true\n`;
  expect(stagesToBuild(capturedOf(text), stagesOf(changed))).toEqual([
    expect.objectContaining({ image: 'cache:build' }),
    expect.objectContaining({ image: 'cache:app' }),
    { name: 'final' },
  ]);
});
