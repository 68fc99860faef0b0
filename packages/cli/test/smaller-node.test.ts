import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const smaller = await import(join(root, 'scripts/lib/smaller-node.js'));

let work: string;
let node: string;
let before: Buffer;
let after: Buffer;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'smaller-node-'));
  node = join(work, 'node');
  before = await readFile(join(root, `node_modules/node-linux-${arch()}/bin/node`));
  after = smaller.withoutSymbols(before);
  smaller.removeLanguages(after);
  smaller.removeTypeScript(after);
  await writeFile(node, after, { mode: 0o755 });
});
afterAll(() => rm(work, { recursive: true, force: true }));

const evaluated = async (expression: string, env: NodeJS.ProcessEnv = {}) =>
  (await run(node, ['-p', expression], { env })).stdout.trim();

test('Node.js without what the command does not use is a third smaller', async () => {
  expect(after.length).toBeLessThan(before.length - 15_000_000);
  const sizes = [before, after].map((bytes) => gzipSync(bytes, { level: 1 }).length);
  expect(sizes[1]).toBeLessThan(0.72 * (sizes[0] ?? 0));
});

test('it still knows Unicode, English and Chinese', async () => {
  const checks: readonly (readonly [string, string])[] = [
    [
      'new Date(0).toLocaleDateString("zh-CN", {dateStyle: "full", timeZone: "UTC"})',
      '1970年1月1日星期四',
    ],
    [
      'new Date(0).toLocaleDateString("en", {dateStyle: "full", timeZone: "UTC"})',
      'Thursday, January 1, 1970',
    ],
    ['new Date(0).toLocaleString("zh-CN", {timeZone: "Asia/Shanghai"})', '1970/1/1 08:00:00'],
    ['"e\\u0301 ﬀ".normalize("NFKC")', 'é ff'],
    ['"İ".toLocaleLowerCase("tr")', 'i'],
    ['/^\\p{Script=Han}+$/u.test("病房")', 'true'],
    ['[...new Intl.Segmenter("zh").segment("e\\u0301👩‍👩‍👧x")].length', '3'],
    ['["b", "ä", "a"].sort(new Intl.Collator("en").compare).join("")', 'aäb'],
    ['new TextDecoder("gb18030").decode(Buffer.from("b2a1b7bf", "hex"))', '病房'],
    ['new TextDecoder("gbk").decode(Buffer.from("b2a1b7bf", "hex"))', '病房'],
    ['new URL("http://bücher.example").host', 'xn--bcher-kva.example'],
  ];
  const all = await Promise.all(checks.map(([expression]) => evaluated(expression)));
  expect(all).toEqual(checks.map(([, expected]) => expected));
});

test.each(['de_DE.UTF-8', 'ja_JP.eucJP', 'zh_CN.GB18030', 'zh_TW.Big5', 'C'])(
  'it starts in a session in %s',
  async (locale) => {
    const words =
      '(1234.5).toLocaleString() + new Date(0).toLocaleDateString(undefined, {timeZone: "UTC"}) + "b".localeCompare("a") + new Intl.PluralRules().select(1) + new Intl.ListFormat().format(["a"])';
    expect(await evaluated(words, { LC_ALL: locale, LANG: locale })).toMatch(/^1.?234.*70.*1.*a$/);
  },
);
