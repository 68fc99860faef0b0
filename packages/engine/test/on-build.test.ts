import { imageInspectSchema } from '../src/docker/api.ts';
import { toEngineImage } from '../src/docker/info.ts';

test.each([
  [{ OnBuild: ['COPY . /app'] }, true],
  [{ OnBuild: null }, undefined],
  [undefined, undefined],
])('an image with the config %j has instructions for builds: %s', (Config, onBuild) => {
  const answer = {
    ...{ Id: `sha256:${'0'.repeat(64)}`, Os: 'linux', Architecture: 'amd64', Size: 1, RootFS: {} },
    Config,
  };
  expect(toEngineImage(imageInspectSchema.parse(answer)).onBuild).toBe(onBuild);
});
