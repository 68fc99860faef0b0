import { convert, convertService } from './fixture.ts';

const password = 'hunter2';

/** Returns all that the manifests say, and what is named as not mapped. */
async function textOf(yaml: string, more: Parameters<typeof convertService>[1] = {}) {
  const { objects, secret, unmapped } = await convertService(yaml, more);
  const places = unmapped.map(({ path }) => path);
  return { text: JSON.stringify(objects), keys: secret?.keys ?? [], places };
}

test.each([
  ['an address in a command', `command: [run, "postgres://app:${password}@db/shop"]`, {}],
  ['an option of a command', `command: run --db-password=${password}`, {}],
  ['an address in an entrypoint', `entrypoint: [run, "postgres://app:${password}@db/shop"]`, {}],
  ['a health check', `healthcheck: {test: "ping redis://:${password}@cache"}`, {}],
  [
    'a health check in words',
    `healthcheck: {test: [CMD, ping, "redis://x:${password}@cache"]}`,
    {},
  ],
  [
    'a mounted file that its name tells of',
    'volumes: ["./conf/db_password.txt:/conf/db:ro"]',
    { files: { 'conf/db_password.txt': password } },
  ],
  [
    'a folder with such a file',
    'volumes: ["./conf:/conf:ro"]',
    { files: { 'conf/a.txt': 'x', 'conf/db-password': password } },
  ],
  [
    'a variable of an env file that its comment calls secret',
    'env_file: [app.env]',
    {
      files: { 'app.env.example': `# secret\nLICENCE=${password}\n` },
      envFiles: [{ path: 'app.env', example: 'app.env.example', toFill: [] }],
    },
  ],
])('%s gets into no manifest: it is a key of the Secret, or named', async (_, yaml, more) => {
  const { text, keys, places } = await textOf(yaml, more);
  expect(text).not.toContain(password);
  expect(keys.length + places.length).toBeGreaterThan(0);
});

test('a command gets its secret part from the Secret', async () => {
  const { objects } = await convertService(`command: [run, "postgres://app:${password}@db/shop"]`);
  const text = JSON.stringify(objects);
  expect(text).toContain('["run","$(COMMAND_2)"]');
  expect(text).toContain('{"name":"COMMAND_2","valueFrom":');
});

test('a config, a secret and a variable of one name are keys of their own', async () => {
  const compose = `
services:
  web:
    image: x
    environment: {TOKEN: "\${TOKEN}"}
    configs: [{source: TOKEN, target: /etc/c}]
    secrets: [TOKEN]
configs: {TOKEN: {content: "a \${DB_PASSWORD} b"}}
secrets: {TOKEN: {file: ./t}}
`;
  const { secret } = await convert({ compose });
  expect(secret?.keys).toHaveLength(3);
});

test('the mode of a mounted file is kept, and owners that no mount can have are named', async () => {
  const compose = `
services:
  web:
    image: x
    configs: [{source: a, target: /etc/a, mode: 0440, uid: "10"}]
    secrets: [{source: b, mode: "0400", gid: "10"}]
configs: {a: {file: ./a}}
secrets: {b: {file: ./b}}
`;
  const { objects, unmapped } = await convert({ compose, files: { a: 'x' } });
  const text = JSON.stringify(objects);
  expect(text).toContain('{"key":"a","path":"a","mode":288}');
  expect(text).toContain('{"key":"b","path":"b","mode":256}');
  const owners = unmapped.filter(({ why }) => why.includes('owner')).map(({ path }) => path);
  expect(owners).toEqual(['services.web.configs[0]', 'services.web.secrets[0]']);
});
