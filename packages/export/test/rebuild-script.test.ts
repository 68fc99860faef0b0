import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Recipe, recipeSchema } from '@bundle/recipe';
import { shellcheck, shellcheckProgram, shells } from '@bundle/testkit';
import { rebuildScript } from '../src/builds/rebuild-script.ts';

const run = promisify(execFile);
const digest = `sha256:${'a'.repeat(64)}`;

function recipe(services: readonly string[], more: Partial<Recipe> = {}): Recipe {
  return recipeSchema.parse({
    services,
    image: `shop-${services[0]}:1`,
    context: services[0],
    dockerfile: { path: 'Dockerfile' },
    platform: 'linux/amd64',
    buildArgs: {},
    labels: {},
    buildContexts: {},
    extraHosts: [],
    ulimits: [],
    stages: [{ name: 'stage-0', image: `bundle-cache/shop:${services[0]}`, manifest: digest }],
    bases: [{ reference: 'debian:12', image: 'debian:12', chain: digest }],
    files: [],
    contextFiles: {},
    steps: [],
    ...more,
  });
}

const hostile = 'it\'s $(touch /tmp/owned) `x` "y" \\';
const recipes = [
  recipe(['api', 'worker'], { buildArgs: { WORDS: hostile }, context: "we're here" }),
  recipe(['web'], { dockerfile: { text: 'FROM debian:12\nRUN <<EOF\necho $HOME\nEOF\n' } }),
];

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rebuild-script-'));
  script = join(folder, 'rebuild.sh');
  await writeFile(script, rebuildScript({ product: 'shop', version: '1.0' }, recipes));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(shells)('in $name', (shell) => {
  /** Makes a docker that gives these answers and records its arguments. */
  async function withDocker(answers: string): Promise<Record<string, string>> {
    const docker = join(folder, 'docker');
    await writeFile(docker, `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
    return {
      PATH: `${folder}:${await shell.path(join(folder, 'applets'))}`,
      LOG: join(folder, 'log'),
    };
  }

  async function sh(args: readonly string[], env: Record<string, string>) {
    try {
      const [file = '', ...first] = shell.command;
      return { code: 0, ...(await run(file, [...first, script, ...args], { env, cwd: folder })) };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  }

  test('help shows a menu of the services of this bundle', async () => {
    const { code, stdout } = await sh(['--help'], await withDocker('exit 1'));
    expect(code).toBe(0);
    expect(stdout).toContain('  1  api worker\n  2  web\n  3  all\n');
  });

  test.each([
    ['no engine', 'exit 1', 30, 'does not answer'],
    ['an engine that is too old', 'echo 20.10.24 []', 31, 'found 20.10.24'],
    [
      'no buildx',
      'case $1 in info) echo 28.5.2 [] ;; *) exit 1 ;; esac',
      34,
      'docker has no buildx plugin',
    ],
  ])('%s ends with the reason', async (_, answers, code, words) => {
    const env = await withDocker(answers);
    expect(await sh(['web'], env)).toMatchObject({ code, stderr: expect.stringContaining(words) });
  });

  test('it speaks Chinese where the locale is Chinese', async () => {
    const env = { ...(await withDocker('exit 1')), LANG: 'zh_CN.UTF-8' };
    const help = await sh(['--help'], env);
    expect(help.stdout).toMatch(
      /^用法：sh rebuild\.sh .*服务：\n {2}1 {2}api worker\n.* 3 {2}全部\n/s,
    );
    const refused = await sh(['db'], env);
    expect(refused).toMatchObject({
      code: 35,
      stderr: expect.stringMatching(
        /\n错误：服务 db 没有可重建的镜像。可重建的有：\n {2}1 {2}api worker\n/,
      ),
    });
    expect(await sh(['web'], env)).toMatchObject({
      code: 30,
      stderr: expect.stringContaining('错误：引擎没有响应'),
    });
    const other = await sh(['--help'], { ...env, BUNDLE_LANG: 'en' });
    expect(other.stdout).toMatch(/^Usage: sh rebuild\.sh/);
  });

  test('a service, an option and a number that do not exist are refused', async () => {
    const env = await withDocker('exit 1');
    expect(await sh(['db'], env)).toMatchObject({
      code: 35,
      stderr: expect.stringMatching(/2 {2}web/),
    });
    expect(await sh(['--tag', 'x'], env)).toMatchObject({ code: 2 });
    expect(await sh(['--source'], env)).toMatchObject({ code: 2 });
  });

  test('values with every kind of quote reach docker unchanged, and run nothing', async () => {
    const env = await withDocker(`case "$1 $2" in
'info --format') echo '28.5.2 [[driver-type io.containerd.snapshotter.v1]]' ;;
'buildx build') for word in "$@"; do printf '%s\\n' "$word"; done >"$LOG" ;;
esac`);
    await run('mkdir', ['-p', join(folder, "we're here")]);
    await writeFile(
      join(folder, "we're here/Dockerfile"),
      '# syntax=docker/dockerfile:1\nFROM x\n',
    );
    const { code } = await sh(['worker', '--build-arg', 'MORE=a b'], env);
    expect(code).toBe(0);
    const { stdout } = await run('cat', [join(folder, 'log')]);
    const words = stdout.split('\n');
    expect(words).toContain(`WORDS=${hostile}`);
    expect(words).toContain('MORE=a b');
    expect(words).toContain(`type=local,"src=${folder}/layout",digest=${digest}`);
    expect(words).not.toContain('--target');
  });

  test('files of steps before a dependency step are compared, but not those of the source', async () => {
    const key = (letter: string): string => letter.repeat(64);
    const step = { stage: 'x', line: 1, text: '', afterSource: false, args: {}, sources: [] };
    const copy = { ...step, dependency: false };
    const files = ['package.json', 'package-lock.json', 'app.js'].map((path) => ({
      path,
      type: 'file' as const,
      mode: 0o644,
      sha256: key('f'),
    }));
    const script = rebuildScript({ product: 'shop', version: '1' }, [
      recipe(['web'], {
        files,
        steps: [
          { ...copy, key: key('1'), parents: [key('0')], sources: ['package.json'] },
          { ...copy, key: key('2'), parents: [key('1')], sources: ['package-lock.json'] },
          { ...step, key: key('3'), parents: [key('2')], dependency: true },
          { ...copy, key: key('4'), parents: [key('3')], sources: ['.'] },
        ],
      }),
    ]);
    expect(script.match(/^ {2}same .*$/gm)).toEqual([
      `  same package.json ${key('f')} 644`,
      `  same package-lock.json ${key('f')} 644`,
    ]);
  });
});

(shellcheckProgram === undefined ? test.skip : test)('shellcheck finds no problem', async () => {
  // The text in single quotes there is the hostile value above, unchanged.
  expect(await shellcheck(script, ['SC2016', 'SC1003'])).toBe('');
});
