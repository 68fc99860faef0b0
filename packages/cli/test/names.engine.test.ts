import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildBusybox, bundleCommand, docker, onEngine } from '@bundle/testkit';
import { bundleOn, ending, pageImage } from './small-app.ts';

// An application of somebody who writes Chinese, from the project's folder to what its container sees.

const product = 'names-test';
const image = 'names-test/web:1';
const engine = 'offline-28';
const files: Readonly<Record<string, string>> = {
  '配置/应用 设置.conf': '听 = 80\n',
  '页面 目录/首页.html': '<h1>你好</h1>\n',
  '页面 目录/Größe & Farbe (neu).html': 'größer\n',
  // In the form that macOS has on its disk.
  [`页面 目录/${'Gemüse.html'.normalize('NFD')}`]: 'Möhre\n',
  [`页面 目录/${'很'.repeat(80)}.html`]: '长\n',
  '配置/数据库.env': 'PASSWORD=geheim\n',
};
const compose = `services:
  web:
    image: ${image}
    stop_signal: SIGKILL
    env_file: [配置/数据库.env]
    volumes:
      - "./配置/应用 设置.conf:/etc/应用 设置.conf:ro"
      - "./页面 目录:/页面:ro"
`;

let work: string;
let state: string;
beforeAll(async () => {
  work = join(await mkdtemp(join(tmpdir(), 'names-')), '项目 甲');
  state = join(work, '状态 目录');
  await buildBusybox('connected', pageImage(image, 'page'));
  for (const [path, text] of Object.entries({ ...files, 'compose.yml': compose })) {
    await mkdir(dirname(join(work, 'src', path)), { recursive: true });
    await writeFile(join(work, 'src', path), text);
  }
});
afterAll(async () => {
  for (const name of [product, `${product}-2`]) {
    await bundleOn(engine, state, ['uninstall', '--name', name, '--yes', '--volumes']);
  }
  await docker('connected', 'rmi', '-f', image);
  await rm(dirname(work), { recursive: true, force: true });
});

async function pack(name: string, ...more: string[]): Promise<string> {
  const output = join(work, name);
  const flags = ['--name', product, '--release-version', '1.0', '--pull', 'never', ...more];
  const words = ['export', join(work, 'src'), '-o', output, '--no-runtime', '--no-progress'];
  const { stderr } = await ending(0, onEngine('connected', [...bundleCommand, ...words, ...flags]));
  expect(stderr).toContain('Gemüse.html is packed under the composed form');
  return output;
}

async function seen(name: string): Promise<string> {
  const script =
    'cat "/etc/应用 设置.conf" /页面/*.html; cd /页面; printf "%s\\n" *; echo $PASSWORD';
  return docker(engine, 'exec', `${name}-web-1`, 'sh', '-c', script);
}

test('a folder, a single file and parts with names in Chinese and spaces run with what they mount', async () => {
  const bundles = [
    [await pack('包 一'), product],
    [await pack('包 二.tar'), `${product}-2`],
    [`${await pack('包 三.tar', '--split', '1MiB')}.parts.json`, `${product}-2`],
  ] as const;
  for (const [bundle, name] of bundles) {
    const set = ['--set', '配置/数据库.env:PASSWORD=ok'];
    const up = ['--up', '--yes', '--name', name, '--settle', '0.2', ...set];
    await ending(0, bundleOn(engine, state, ['import', bundle, ...up]));
    expect((await seen(name)).split('\n')).toEqual([
      ...['听 = 80', 'Möhre', 'größer', '长', '<h1>你好</h1>'],
      ...['Gemüse.html', 'Größe & Farbe (neu).html', `${'很'.repeat(80)}.html`, '首页.html'],
      'ok',
    ]);
  }
});
