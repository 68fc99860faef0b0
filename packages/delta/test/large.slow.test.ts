import { deltaOf, rebuilt, tarOf } from './layers.ts';

test('a layer of 100,000 files is rebuilt, for the cost of what changed', async () => {
  const files = Array.from({ length: 100_000 }, (_, index) => ({
    path: `data/${index % 300}/${index}`,
    content: index % 7 === 0 ? '' : `file ${index}`,
  }));
  const before = tarOf(files);
  const after = tarOf(
    files.map((file, index) => ({
      ...file,
      time: 1_710_000_000,
      content: index % 1000 === 0 ? 'changed' : file.content,
    })),
  );
  const delta = await deltaOf([before], after);
  expect((await rebuilt([before], delta, after.length)).equals(after)).toBe(true);
  expect(delta.length).toBeLessThan(20_000);
}, 120_000);

test('a layer of 70,000 small files is rebuilt when all of them changed', async () => {
  const layer = (word: string): Buffer =>
    tarOf(Array.from({ length: 70_000 }, (_, index) => ({ path: `${index}`, content: word })));
  const [before, after] = [layer('old'), layer('new')];
  const delta = await deltaOf([before], after);
  expect((await rebuilt([before], delta, after.length)).equals(after)).toBe(true);
}, 120_000);
