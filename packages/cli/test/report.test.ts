import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'report-'));
  await writeSampleBundle(join(work, 'shop'), sampleManifest());
});
afterEach(() => rm(work, { recursive: true }));
const report = (...args: string[]) => bundle(['report', ...args], { cwd: work });

test('report writes a page named after the release, and never replaces one unasked', async () => {
  const made = await report('shop', '--no-progress');
  expect(made).toMatchObject({
    code: 0,
    stderr: '',
    stdout: `Wrote ${join(work, 'shop-1.0.html')}\n`,
  });
  expect(await readFile(join(work, 'shop-1.0.html'), 'utf8')).toContain('<h1>shop 1.0</h1>');
  expect(await report('shop')).toMatchObject({ code: 40 });
  expect(await report('shop', '--force', '--json')).toMatchObject({ code: 0 });
  expect((await readdir(work)).toSorted()).toEqual(['shop', 'shop-1.0.html']);
});

test('report --against shows the changes since another bundle', async () => {
  await writeSampleBundle(join(work, 'old'), { ...sampleManifest(), version: '0.9' });
  expect(await report('shop', '--against', 'old/bundle.json', '-o', 'changes.html')).toMatchObject({
    code: 0,
  });
  expect(await readFile(join(work, 'changes.html'), 'utf8')).toContain('Changes since shop 0.9');
});

test.each([
  ['nothing there', ['gone'], 50],
  ['no folder to write to', ['shop', '-o', 'no/such/folder/x.html'], 41],
  ['another bundle that is not there', ['shop', '--against', 'gone.tar'], 50],
])('%s is told as such, and leaves nothing', async (_, args, code) => {
  expect(await report(...args)).toMatchObject({ code });
  expect(await readdir(work)).toEqual(['shop']);
});

test('the page is in English and Chinese, and opens in the language of whoever wrote it', async () => {
  await report('shop');
  const english = await readFile(join(work, 'shop-1.0.html'), 'utf8');
  expect(english).toMatch(/<html lang="en">.*id="english" checked/s);
  expect(english).toContain('<span lang="zh-Hans">主机需要提供</span>');
  await bundle(['report', 'shop', '--force', '--lang', 'zh'], { cwd: work });
  const chinese = await readFile(join(work, 'shop-1.0.html'), 'utf8');
  expect(chinese).toMatch(/<html lang="zh-Hans">.*id="chinese" checked/s);
});
