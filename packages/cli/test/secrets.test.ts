import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout } from '@bundle/testkit';
import { bundle, type Finished } from './run-bundle.ts';
import { writeProject } from './small-app.ts';

// In pieces, so that no scanner takes them for real.
const githubToken = ['ghp', 'b1C9dE3fG5hJ7kL9mN2pQ4rS6tU8vW0xY1zA'].join('_');
const awsKey = ['AKIA', 'Z3MSJHDF7QPLXKWA'].join('');
const generated = 'k8Jq2vX9pL4mN7wR3tYb';
const pem = [
  '-----BEGIN PRIVATE KEY-----',
  `MIIEvQ${'Ab9'.repeat(60)}`,
  '-----END PRIVATE KEY-----',
].join('\n');

let work: string;
const at = (name: string): string => join(work, name);

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'secrets-'));
  await makeLayout(at('layout'), [
    { reference: 'shop:1', layers: [{ text: 'shop' }] },
    { reference: 'leaky:1', layers: [{ text: 'leaky' }], env: [`API_TOKEN=${generated}`] },
    {
      reference: 'step:1',
      layers: [{ text: 'step' }],
      history: [`RUN |1 NPM_TOKEN=x curl -H "Authorization: token ${githubToken}" x`],
    },
  ]);
});
afterAll(() => rm(work, { recursive: true, force: true }));
beforeEach(() => rm(at('project'), { recursive: true, force: true }));
beforeEach(() => rm(at('packed'), { recursive: true, force: true }));

async function exported(
  files: Readonly<Record<string, string>>,
  ...flags: string[]
): Promise<Finished> {
  const project = await writeProject(work, 'project', files);
  const engine = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--no-cache'];
  const args = ['export', project, '-o', at('packed'), '--name', 'shop', '--no-progress'];
  return bundle([...args, ...engine, ...flags]);
}

const compose = (settings: string, image = 'shop:1'): string =>
  `services:\n  web:\n    image: ${image}\n${settings}`;

describe('an export stops, writes nothing and shows no value', () => {
  test.each<[string, Record<string, string>, string, string]>([
    [
      'a token in the environment of the Compose file',
      { 'compose.yml': compose(`    environment:\n      GH: ${githubToken}\n`) },
      'docker-compose.yml:github (line 5, service web) ghp_… (40 characters)',
      githubToken,
    ],
    [
      'an AWS key in a label',
      { 'compose.yml': compose(`    labels: {owner: ${awsKey}}\n`) },
      'docker-compose.yml:aws (line 4, service web)',
      awsKey,
    ],
    [
      'a generated password in a command',
      { 'compose.yml': compose(`    command: serve --password=${generated}\n`) },
      'docker-compose.yml:password (line 4, service web)',
      generated,
    ],
    [
      'a generated password in a URL',
      { 'compose.yml': compose(`    environment: [DB=postgres://shop:${generated}@db/shop]\n`) },
      'docker-compose.yml:postgres-url (line 4, service web)',
      generated,
    ],
    [
      'a generated default of a variable',
      { 'compose.yml': compose(`    environment: {DB_PASSWORD: "\${PW:-${generated}}"}\n`) },
      'docker-compose.yml:DB_PASSWORD (line 4, service web)',
      generated,
    ],
    [
      'a private key in a config of the Compose file',
      {
        'compose.yml': `${compose('')}configs:\n  key:\n    content: |\n${pem.replaceAll(/^/gm, '      ')}\n`,
      },
      'docker-compose.yml:privatekey (line 7)',
      'MIIEvQAb9',
    ],
    [
      'a token in a mounted file',
      {
        'compose.yml': compose('    volumes: ["./app.conf:/app.conf"]\n'),
        'app.conf': `one = 1\napi = ${githubToken}\n`,
      },
      'app.conf:github (line 2)',
      githubToken,
    ],
    [
      'a token in an example of an env file',
      {
        'compose.yml': compose(`    environment: {A: "\${A}"}\n`),
        '.env.example': `A=${githubToken}\n`,
      },
      ':github (line 1)',
      githubToken,
    ],
    [
      'a token in an env file that is packed with its values',
      { 'compose.yml': compose('    env_file: app.env\n'), 'app.env': `A=${githubToken}\n` },
      'app.env:github (line 1)',
      githubToken,
    ],
    [
      'the environment of an image',
      { 'compose.yml': compose('', 'leaky:1') },
      'image leaky:1:API_TOKEN',
      generated,
    ],
    [
      'the history of an image',
      { 'compose.yml': compose('', 'step:1') },
      'image step:1:github',
      githubToken,
    ],
  ])('row 67: for %s', async (_, files, found, value) => {
    const flags = 'app.env' in files ? ['--with-env', join(work, 'project/app.env')] : [];
    const { code, stdout, stderr } = await exported(files, ...flags);
    expect(stderr).toContain(found);
    expect(code).toBe(15);
    expect(`${stdout}${stderr}`).not.toContain(value);
    expect((await readdir(work)).filter((name) => name.includes('packed'))).toEqual([]);
  });
});

test('--json lists them, without the values', async () => {
  const files = { 'compose.yml': compose(`    environment: {GH: ${githubToken}}\n`) };
  const { code, stdout } = await exported(files, '--json');
  expect(code).toBe(15);
  expect(stdout).not.toContain(githubToken);
  const document: unknown = JSON.parse(stdout);
  const place = { place: 'docker-compose.yml', line: 4, service: 'web', what: 'github' };
  expect(document).toMatchObject({
    error: { code: 'secret-found' },
    secrets: [{ severity: 'error', ...place, masked: 'ghp_… (40 characters)' }],
  });
});

const twoSecrets = {
  'compose.yml': compose(`    environment: {A: ${githubToken}}\n    volumes: ["./conf:/conf"]\n`),
  'conf/app.conf': `db_password: ${generated}\n`,
};

test('each secret is allowed by its name, or by its file or folder', async () => {
  const one = await exported(twoSecrets, '--allow-secret', 'docker-compose.yml:github');
  expect(one.code).toBe(15);
  const hidden = '--allow-secret';
  for (const name of ['conf/app.conf:db_password', 'conf/app.conf', 'conf/']) {
    await rm(at('packed'), { recursive: true, force: true });
    const flags = [hidden, 'docker-compose.yml', hidden, name, hidden, 'gone:x'];
    const { code, stdout } = await exported(twoSecrets, ...flags);
    expect(code).toBe(0);
    expect(stdout).toContain('packed, as allowed: docker-compose.yml:github (line 4)');
    expect(stdout).toContain('gone:x allows nothing');
  }
});

test('a spec allows secrets by name', async () => {
  const project = await writeProject(work, 'project', twoSecrets);
  const spec =
    'schemaVersion: 1\ncompose: compose.yml\nallowSecrets: [docker-compose.yml, conf/]\n';
  await writeFile(join(project, 'shop.bundle.yaml'), spec);
  const engine = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--no-cache', '--json'];
  const args = ['export', join(project, 'shop.bundle.yaml'), '-o', at('packed'), '--name', 'shop'];
  const { code, stdout } = await bundle([...args, ...engine]);
  expect(code).toBe(0);
  const report: unknown = JSON.parse(stdout);
  expect(report).toMatchObject({ secrets: { allowed: [{ what: 'github' }, {}], defaults: [] } });
});

test('a preview lists what would stop the export', async () => {
  const { code, stdout } = await exported(twoSecrets, '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toContain('docker-compose.yml:github (line 4)');
  expect(stdout).toContain('conf/app.conf:db_password (line 1)');
  expect(stdout).not.toContain(githubToken);
});

test('what public Compose files have does not stop the export', async () => {
  const settings = `    environment:
      POSTGRES_PASSWORD: example
      DB_URL: postgres://postgres:postgres@db:5432/app
      SECRET_KEY: \${SECRET_KEY}
      JWT_SECRET: change-me-to-32-random-characters-1
      PASSWORD_FILE: /run/secrets/password
      AWS_ACCESS_KEY_ID: AKIAIOSFODNN7EXAMPLE
      IMAGE: app@sha256:0a6d3f9f8f0f7b1b5b1c2c3a4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70
      HASH: $$2y$$05$$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC
      token: "{{ .Env.TOKEN }}"
    volumes: ["./users.yml:/users.yml"]
`;
  const users = 'password: "$argon2id$v=19$m=65536,t=3,p=4$bXlzYWx0MTIzNDU2$Zm9vYmFyMDk4NzY1"\n';
  const { code, stdout, stderr } = await exported({
    'compose.yml': compose(settings),
    'users.yml': users,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('error') });
  expect(stdout).toContain('docker-compose.yml:POSTGRES_PASSWORD (line 5)');
});

test('a file that is too large to scan is named', async () => {
  const { code, stdout } = await exported({
    'compose.yml': compose('    volumes: ["./big.txt:/big.txt"]\n'),
    'big.txt': 'some words\n'.repeat(200_000),
  });
  expect(code).toBe(0);
  expect(stdout).toContain('not scanned: 1 large file, big.txt');
});
