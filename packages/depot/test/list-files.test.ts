import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namesFor } from '@bundle/depot';
import { carriedPackagesSchema } from '@bundle/format';

let work: string;
const at = (name: string): string => join(work, name);
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'list-files-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

test('names and lists of packages are told apart', async () => {
  await writeFile(
    at('requirements.txt'),
    `# comment
--index-url https://a.test/simple
-r other.txt
uvicorn[standard]==0.30 \\
    --hash=sha256:00 \\
    --hash=sha256:01
tzdata==2024.1 ; sys_platform == "win32"  # why
https://a.test/x.whl
./own
`,
  );
  expect(await namesFor('pip', ['flask==3.1', at('requirements.txt')])).toEqual({
    'pip.names': 'flask==3.1\n',
    'pip-0.names': 'uvicorn[standard]==0.30\ntzdata==2024.1 ; sys_platform == "win32"\n',
  });
  const lock = JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } });
  await writeFile(at('package-lock.json'), lock);
  expect(await namesFor('npm', ['express@^5', at('package-lock.json')])).toEqual({
    'npm.names': 'express@^5\n',
    'npm-0.lock': lock,
  });
  expect(await namesFor('apt', ['jq=1.6'])).toEqual({ 'apt.names': 'jq=1.6\n' });
  expect(await namesFor('apt', undefined)).toEqual({});
});

test.each([
  ['is not there', undefined, 'no such file'],
  ['is no JSON', '{', expect.stringContaining('JSON')],
  ['is of npm 6', '{"dependencies":{"a":{"version":"1.0.0"}}}', 'none'],
])('a lock file that %s is refused with its path', async (_, text, found) => {
  const path = at('npm-shrinkwrap.json');
  await rm(path, { force: true });
  if (text !== undefined) await writeFile(path, text);
  await expect(namesFor('npm', [path])).rejects.toMatchObject({
    code: 'spec-invalid',
    details: { subject: path, found },
  });
});

test.each([
  ['express@^5', true],
  ['@types/node', true],
  ['package-lock.json', true],
  ['./package-lock.json', true],
  ['../next/package-lock.json', true],
  ['./express', false],
  ['../../etc/passwd', false],
  ['-o', false],
  ['$(id).json', false],
  ['./a b.json', false],
])('`npm: [%s]` in a spec is taken: %s', (entry, expected) => {
  expect(carriedPackagesSchema.safeParse({ npm: [entry] }).success).toBe(expected);
});
