import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretSettings } from '../src/secrets/assignments.ts';
import { SecretScan } from '../src/secrets/scan.ts';
import { scanText } from '../src/secrets/scan-text.ts';
import { looksGenerated } from '../src/secrets/strength.ts';

// In pieces, so that no scanner takes it for real.
const token = ['glpat', 'x7Kq2vN9pL4mJ8wR3tYb'].join('-');
const generated = 'k8Jq2vX9pL4mN7wR3tYb';
const neverStopped = new AbortController().signal;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scan-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['Zk8Jq2vX9pL4mN7w', true],
  ['9f86d081884c7d659a2feaa0c55ad015', true],
  ['example', false],
  ['sup3rS3cret', false],
  ['my-postgres-password-1', false],
  ['change-me-in-production-2024', false],
  ['correct-horse-battery-staple', false],
  ['aaaaaaaaaaaaaaaa1', false],
  ['/run/credentials/db', false],
])('%s is a generated value: %s', (value, expected) => {
  expect(looksGenerated(value)).toBe(expected);
});

test.each([
  ['an image in a folder', '"image": "bundle-cache/build-secret:web-stage-0-cbd7652dce20",', false],
  ['an image of a registry', 'image: localhost:5000/auth-token:Zk8Jq2vX9pL4mN7w', false],
  ['an image by its name alone', '    image: auth-token:9f86d081884c7d65', false],
  ['a stage', 'FROM api-key:9f86d081884c7d659a2f', false],
  ['a password', '    DB_PASSWORD: 9f86d081884c7d659a2f', true],
  ['a password without a space', 'password:9f86d081884c7d659a2f', true],
  ['a token in an address', 'GET /login?token=9f86d081884c7d659a2f', true],
])('%s is a secret or not, although its name says so', (_case, line, isSecret) => {
  const found = secretSettings(line).filter(({ value }) => looksGenerated(value));
  expect(found.length > 0).toBe(isSecret);
});

test('packed source is scanned for keys and tokens, its .env files for passwords too', async () => {
  await mkdir(join(folder, 'src'), { recursive: true });
  await writeFile(join(folder, 'src/main.py'), `password = "${generated}"\nkey = "${token}"\n`);
  await writeFile(join(folder, 'src/.env'), `DB_PASSWORD=${generated}\n`);
  await writeFile(join(folder, 'src/logo.png'), Buffer.from(`\0${token}`));
  const scan = new SecretScan(['source/src/.env'], neverStopped);
  await scan.source(folder, ['src/main.py', 'src/.env', 'src/logo.png']);
  expect(scan.stopping()).toMatchObject([{ name: 'source/src/main.py:gitlab', line: 2 }]);
  expect(scan.report()).toMatchObject({
    scanned: 2,
    allowed: [{ name: 'source/src/.env:DB_PASSWORD' }],
    notScanned: [],
    unusedNames: [],
  });
  expect(() => scan.check()).toThrow(expect.objectContaining({ code: 'secret-found' }));
});

test('build arguments in the recipes count, unless their place in the Compose file was allowed', async () => {
  const recipe = JSON.stringify({ buildArgs: { NPM_TOKEN: generated } }, null, 1);
  const alone = new SecretScan([], neverStopped);
  await alone.recipes(recipe);
  expect(alone.stopping()).toMatchObject([{ what: 'NPM_TOKEN', line: 3 }]);
  const scan = new SecretScan(['docker-compose.yml:NPM_TOKEN'], neverStopped);
  const text = `services: {a: {build: {args: {NPM_TOKEN: ${generated}}}}}\n`;
  const file = { path: 'docker-compose.yml', content: { text }, executable: false, why: '' };
  await scan.files([file], []);
  await scan.recipes(recipe);
  expect(scan.stopping()).toEqual([]);
});

test('thousands of secrets are counted, and a few of them listed', async () => {
  const text = Array.from({ length: 5000 }, (_, n) => `a${n}: ${token}${n}`).join('\n');
  const scan = new SecretScan([], neverStopped);
  const file = { path: 'tokens.yml', content: { text }, executable: false, why: '' };
  await scan.files([file], []);
  expect(scan.stopping()).toHaveLength(5000);
  const error = expect.objectContaining({ message: expect.stringContaining('and 4980 more') });
  expect(() => scan.check()).toThrow(error);
});

test.each([
  ['one letter', 'a'],
  ['dots and letters', 'a.'],
  ['names without end', 'password_'],
  ['quotes and colons', '"password":'],
  ['URLs without end', 'a://b:'],
  ['spaces after a name', 'password                '],
  ['variables without end', 'PASSWORD=${A:-'],
  ['the beginning of a key', '-----BEGIN PRIVATE KEY-----\n'],
])('a mebibyte of %s is scanned in less than 5 s', async (_, piece) => {
  const text = piece.repeat(Math.floor(2 ** 20 / piece.length));
  const lines = text.replaceAll(/.{1990}/gs, '$&\n');
  for (const input of [text, lines]) {
    const start = performance.now();
    await scanText(input, { place: 'x', kind: 'settings', isFile: true });
    expect(performance.now() - start).toBeLessThan(5000);
  }
});
