import { type PackEntry, packTar } from '@bundle/archive';
import {
  docker,
  dockerHost,
  type EngineName,
  type ImageArchive,
  imageArchive,
  layerOf,
} from '@bundle/testkit';
import { createDockerEngine } from '../src/docker/engine.ts';
import { resolveEndpoint } from '../src/endpoint.ts';
import type { Engine } from '../src/engine.ts';
import { readImages } from './read-layers.ts';

// Imports of incremental bundles rely on this behaviour. If engines change it, this test is the first to fail.

const never = new AbortController().signal;
const name = 'offline-28-containerd';
const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
// Makes blobs that no earlier run can have left on the engine.
const layer = (text: string): Buffer => layerOf(`${text}-${process.pid}`);
const base = layer('base');

const open = async (engine: EngineName): Promise<Engine> =>
  createDockerEngine(await resolveEndpoint(await dockerHost(engine), {}));
const load = async (engine: Engine, archive: readonly PackEntry[], partially = true) =>
  engine.loadImages(
    packTar([...archive], () => undefined),
    never,
    partially ? platform : undefined,
  );
const without = ({ archive }: ImageArchive, ...layers: readonly Buffer[]): PackEntry[] =>
  archive.filter(({ content }) => !layers.some((one) => one === content));

const used: string[] = [];
function image(reference: string, layers: readonly Buffer[]): ImageArchive {
  used.push(reference);
  return imageArchive(reference, layers);
}
afterAll(() => docker(name, 'rmi', '-f', ...used));

test.each([
  ['offline-28', true],
  ['offline-28-containerd', true],
  ['offline-26', true],
  ['offline-26-containerd', false],
] as const)(
  '%s accepts an archive without the layers that it already has: %s',
  async (engine, expected) => {
    expect(await (await open(engine)).info()).toMatchObject({ loadsPartially: expected });
  },
);

test('an archive may leave out a layer that the store has, and the image is complete', async () => {
  const engine = await open(name);
  await load(engine, image('partial/base:1', [base, layer('one')]).archive);
  const two = image('partial/two:1', [base, layer('two')]);
  await load(engine, without(two, base));
  expect(await engine.inspectImage('partial/two:1')).toMatchObject({ diffIds: two.diffIds });
  const { layers } = await readImages(engine, ['partial/two:1'], never);
  expect(layers.toSorted()).toEqual(two.diffIds.toSorted());
});

test('a layer that is missing everywhere is reported, and leaves a broken image under its name', async () => {
  const engine = await open(name);
  const lost = layer('lost');
  const broken = image('partial/broken:1', [layer('kept'), lost]);
  await expect(load(engine, without(broken, lost))).rejects.toMatchObject({
    code: 'load-mismatch',
    details: {
      found: expect.stringMatching(
        /^image partial\/broken:1 was loaded, but doesn't provide the requested platform \(linux\/\w+\)$/,
      ),
    },
  });
  const answer = await docker(name, 'image', 'inspect', '-f', '{{.Id}}', 'partial/broken:1');
  expect(answer).toBe(broken.manifestDigest);
  await engine.untagImage('partial/broken:1');
  expect(await docker(name, 'images', '-q', 'partial/broken')).toBe('');
});

test('without a platform it is not reported', async () => {
  const engine = await open(name);
  const lost = layer('lost quietly');
  await load(engine, without(image('partial/quiet:1', [lost]), lost), false);
});
