import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout, startTestRegistry, type TestRegistry } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

let folder: string;
let registry: TestRegistry;
/** Answers every request but the first one with this. */
let status: number | undefined;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'push-command-'));
  await makeLayout(file('layout'), [
    { reference: 'shop/api:1.0', layers: [{ text: 'base', compression: 'gzip' }] },
  ]);
  await writeFile(
    file('compose.yml'),
    'name: shop\nservices:\n  api:\n    image: shop/api:1.0\n    build: ./src\n',
  );
  await mkdir(file('src'));
  await writeFile(file('src/Dockerfile'), 'FROM scratch\n');
  const { code, stderr } = await bundle([
    ...['export', file('compose.yml'), '--from', `oci:${file('layout')}`],
    ...['-o', file('shop.tar'), '--no-runtime'],
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  status = undefined;
  registry = await startTestRegistry({
    fault(request, response) {
      if (status === undefined || request.url === '/v2/') return false;
      response.writeHead(status).end();
      return true;
    },
  });
});
afterEach(() => registry.close());

const push = (...more: string[]) =>
  bundle(['push', file('shop.tar'), `${registry.host}/team`, ...more]);

test('pushes the images and writes the override with their names and digests', async () => {
  const { code, stdout } = await push('-o', file('compose.registry.yml'));
  expect(code).toBe(0);
  const digest = registry.tags.get('team/shop/api:1.0');
  expect(stdout).toContain(`${registry.host}/team/shop/api:1.0@${digest}`);
  expect(stdout).toContain(
    `docker compose -f docker-compose.yml -f ${file('compose.registry.yml')}`,
  );
  const text = await readFile(file('compose.registry.yml'), 'utf8');
  expect(text).toContain(`image: ${registry.host}/team/shop/api:1.0@${digest}`);
  expect(text).toContain('build: !reset null');
  expect(text).not.toContain('never');
});

test('in Chinese, the result and a refusal are in Chinese', async () => {
  const words = ['push', file('shop.tar'), `${registry.host}/team`];
  const env = { BUNDLE_LANG: 'zh' };
  const { stdout } = await bundle([...words, '-o', file('zh.yml')], { env });
  expect(stdout).toMatch(/^已推送 1 个镜像，用时 .+：发送 2 个数据块（.+）\n.*\n\n下一步\n/);
  status = 403;
  const { stderr } = await bundle(words, { env });
  expect(stderr).toMatch(/处理办法： 请申请访问权限，或以 .* 的其他用户登录。/);
});

test('a dry run writes nothing, here or there', async () => {
  const { code, stdout } = await push('--dry-run', '-o', file('none.yml'), '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ dryRun: true, uploaded: { blobs: 2 } });
  expect(registry.tags.size).toBe(0);
  await expect(readFile(file('none.yml'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a refusal writes no override and says what to do', async () => {
  status = 403;
  const { code, stderr } = await push('-o', file('none.yml'));
  expect(code).toBe(111);
  expect(stderr).toContain('Ask for access');
  await expect(readFile(file('none.yml'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test.each([[['shop.example/x', 'y']], [['nohost']]])(
  'the registry %j is a mistake on the command line',
  async (words) => {
    expect((await bundle(['push', file('shop.tar'), ...words])).code).toBe(2);
  },
);
