import { rm } from 'node:fs/promises';
import { instanceOf, isStack, noteStackImages, readStackFile } from '@bundle/host';
import { MemoryHost, product } from './memory-host.ts';

let host: MemoryHost;
beforeEach(async () => {
  host = await MemoryHost.make();
  await host.stage('1.0');
});
afterEach(() => rm(host.work, { recursive: true, force: true }));

const instance = () => instanceOf(host.stateDir, product);
const asStack = () => ({ release: host.names.get('1.0') ?? '', images: { 'shop/web:1': 'x:1' } });

test('of two first deployments at once, the one that has to give way leaves the other a stack', async () => {
  const both = await Promise.all([1, 2].map(() => host.run({ asStack: asStack() })));
  expect(both.map(({ ending }) => ending)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'done' }),
      expect.objectContaining({ error: expect.objectContaining({ code: 'busy' }) }),
    ]),
  );
  expect(await readStackFile(instance())).toEqual(new Map([[asStack().release, asStack().images]]));
});

test('a first deployment that starts nothing leaves no stack behind', async () => {
  const onPlan = async (): Promise<boolean> => {
    expect(await isStack(instance())).toBe(true);
    return false;
  };
  const { ending } = await host.run({ asStack: asStack(), onPlan });
  expect(ending).toMatchObject({ kind: 'done', report: { outcome: 'declined' } });
  expect(await isStack(instance())).toBe(false);
});

test('what is a stack already stays one when a deployment starts nothing', async () => {
  await noteStackImages(instance(), asStack().release, {});
  await host.run({ asStack: asStack(), onPlan: async () => false });
  expect(await isStack(instance())).toBe(true);
});
