import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createLayoutEngine } from '@bundle/engine';
import { exportBundle } from '@bundle/export';
import { makeLayout } from '@bundle/testkit';
import stringWidth from 'fast-string-width';
import { quiet, sampleImages, samplePlan } from '../../import/test/build-bundle.ts';
import { createProgram } from '../src/program.ts';
import { speak } from '../src/shared/text/text.ts';
import { bundle, bundleOnTerminal } from './run-bundle.ts';

const env = { LC_ALL: 'zh_CN.UTF-8' };
/** Three English words in a row are a sentence that nobody translated. */
const english = /(?<![-\w/.])[a-z]{2,} [a-z]{2,} [a-z]{2,}/;

let work: string;
let shop: string;
const at = (name: string): string => join(work, name);
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'chinese-'));
  await makeLayout(at('layout'), sampleImages);
  shop = at('shop');
  await exportBundle(createLayoutEngine(at('layout')), samplePlan(), {
    ...quiet,
    output: shop,
    version: '1.0',
    format: 'folder',
    force: false,
    pull: 'never',
    rebuild: false,
  });
});
afterEach(() => rm(work, { recursive: true, force: true }));

const host = () => [
  '--engine',
  `oci:${at('engine')}`,
  '--state-dir',
  at('state'),
  '--ignore',
  'compose',
];

test('verify says in Chinese that a bundle is whole, and what is wrong with it', async () => {
  const whole = await bundle(['verify', shop], { env });
  expect(whole).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^校验通过 .*个文件.*\n.*\n没有签名\n$/),
  });
  await appendFile(join(shop, 'README.txt'), 'more');
  const damaged = await bundle(['verify', shop], { env });
  expect(damaged.code).toBe(53);
  expect(damaged.stderr).toMatch(/README\.txt: 错误: 应为 \d+ 字节，实际为 \d+ 字节/);
  expect(damaged.stderr).toMatch(
    /错误： 校验 .*\n {2}应为：每个字节都与 bundle\.json 所列一致\n {2}实际：1 个问题，已在上面列出\n处理办法： 请不要使用/,
  );
  expect(damaged.stderr).not.toMatch(english);
});

test('import checks, loads and reports in Chinese', async () => {
  const done = await bundle(['import', shop, '--yes', ...host()], { env });
  expect(done).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^已导入 shop 1\.0 到 OCI 镜像目录 .*发送/),
  });
  expect(done.stdout).toMatch(/启动命令\n.*up 1\.0/);
  expect(done.stdout).not.toMatch(english);
  const again = await bundle(['import', shop, '--yes', ...host()], { env });
  expect(again.stdout).toMatch(/^已是最新: |^已是最新：/);
  const status = await bundle(['preflight', shop, ...host()], { env });
  expect(status.stdout).toMatch(/^通过 {2}platform/m);
  expect(`${status.stdout}${status.stderr}`).not.toMatch(english);
});

test('on a terminal it asks in Chinese, and its table is aligned', async () => {
  const shown = await bundleOnTerminal(['import', shop, ...host()], {
    env,
    typed: { after: '加载 2', keys: 'y\r' },
  });
  const text = stripVTControlCharacters(shown.stdout).replaceAll('\r', '');
  // The question is wider than the terminal.
  expect(text.replaceAll('\n', '')).toMatch(
    /导入 shop 1\.0，没有签名，目标 .*：加载 \d+ 个镜像（.*）？/,
  );
  expect(text).toContain('是');
  const lines = text.split('\n');
  const head = lines.find((line) => /^ +镜像 +操作/.test(line)) ?? '';
  const row = lines[lines.indexOf(head) + 1] ?? '';
  expect(stringWidth(head)).toBe(stringWidth(row));
});

test('an error of the command line is in Chinese, and JSON stays as it is', async () => {
  const typo = await bundle(['import', '--upp'], { env });
  expect(typo.stderr).toMatch(
    /错误： 读取 import 的命令行\n {2}应为：与帮助一致的参数和选项\n {2}实际：未知选项 --upp\n处理办法： 您要找的是 --up 吗？请看 `bundle import --help`。/,
  );
  const json = await bundle(['verify', at('none'), '--json'], { env });
  expect(JSON.parse(json.stdout)).toMatchObject({ error: { operation: 'opening the bundle' } });
  const missing = await bundle(['verify', at('none')], { env });
  expect(missing.stderr).toMatch(/错误： 打开离线包/);
  expect(missing.stderr).not.toMatch(english);
});

test('the help of every command is in Chinese', async () => {
  await speak('zh');
  try {
    const nowhere = { out: () => undefined, err: () => undefined, width: 80 };
    const program = await createProgram(() => undefined, nowhere);
    const left = [program, ...program.commands].flatMap((command) => {
      let text = '';
      command.configureOutput({ writeOut: (part) => (text += part) });
      command.outputHelp();
      const lines = text
        .split('\n')
        .filter((line) => !/^ {2}bundle |bundle (?:help export|completion)/.test(line));
      const wide = lines.filter((line) => stringWidth(line) > 80 && !/^ {2,6}\S*\p{L}/u.test(line));
      return [...lines.filter((line) => english.test(line)), ...wide].map(
        (line) => `${command.name()}: ${line}`,
      );
    });
    expect(left).toEqual([]);
  } finally {
    await speak('en');
  }
});

test('an export by somebody who reads Chinese writes the papers in both languages, unless the spec says otherwise', async () => {
  await writeFile(
    at('docker-compose.yml'),
    'name: shop\nservices: {web: {image: "shop-web:1.0"}}\n',
  );
  await writeFile(
    at('spec.yml'),
    'schemaVersion: 1\ncompose: docker-compose.yml\nlanguage: en\ntitle: 病房系统\n',
  );
  const readmeOf = async (
    input: string,
    output: string,
    spoken: Readonly<Record<string, string>>,
  ) => {
    const { code, stderr } = await bundle(
      [
        'export',
        input,
        '-o',
        at(output),
        '--engine',
        `oci:${at('layout')}`,
        '--pull',
        'never',
        '--no-runtime',
      ],
      { cwd: work, env: spoken },
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return readFile(join(at(output), 'README.txt'), 'utf8');
  };
  const both = await readmeOf('docker-compose.yml', 'both', env);
  expect(both).toMatch(/一、您手上有.*1\. YOU HAVE/s);
  expect(await readmeOf('docker-compose.yml', 'english', {})).not.toContain('您');
  expect(await readmeOf('spec.yml', 'said', env)).toMatch(/^病房系统\nshop .*\nMade /);
});
