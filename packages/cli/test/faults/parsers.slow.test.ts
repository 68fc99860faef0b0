import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { paths } from '@bundle/format';
import { makeLayout } from '@bundle/testkit';
import { buildBundle, resign, rewrite, text } from '../../../import/test/build-bundle.ts';
import { bundle, type Finished } from '../run-bundle.ts';
import { OfflineHost } from './offline-host.ts';

let host: OfflineHost;
beforeAll(async () => {
  host = await OfflineHost.make();
  await makeLayout(host.at('layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
});
afterAll(() => host.remove());

/** Packs release 2.0 with this Compose file. */
async function withCompose(compose: string): Promise<string> {
  return edited((contents) => contents.set(paths.compose, Buffer.from(compose)));
}
async function edited(
  change: Parameters<typeof rewrite>[1],
  more: Parameters<typeof resign>[1] = () => undefined,
): Promise<string> {
  const path = host.at('newer');
  await rm(path, { recursive: true, force: true });
  await rm(`${path}.layout`, { recursive: true, force: true });
  await buildBundle(path, undefined, { version: '2.0', sequence: 20 });
  await rewrite(path, (contents) => {
    change(contents);
    resign(contents, more);
  });
  return path;
}

/** Exports a project with these files. */
async function exported(
  files: Readonly<Record<string, string>>,
  ...more: readonly string[]
): Promise<Finished> {
  const project = host.at('project/shop');
  await rm(host.at('project'), { recursive: true, force: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), content);
  }
  const engine = ['--engine', `oci:${host.at('layout')}`, '--no-runtime', '--no-progress'];
  const words = ['export', project, '-o', host.at('project/out'), ...engine, ...more];
  return bundle(words, { cwd: project, env: { PATH: '/nonexistent' } });
}
const service = (settings: string): string => `services:\n  app:\n    image: app:1\n${settings}`;

/** Doubles the aliases on each line, 2^40 nodes in the end. */
const aliasBomb = `x0: &x0 [a, a]
${Array.from({ length: 40 }, (_, n) => `x${n + 1}: &x${n + 1} [*x${n}, *x${n}]`).join('\n')}
services: {api: {image: "shop-api:1.0", command: *x40}}
`;
const mergeBomb = `x0: &x0 {a: b}
${Array.from({ length: 20 }, (_, n) => `x${n + 1}: &x${n + 1} {${Array.from({ length: 9 }, (_, k) => `k${k}: *x${n}`).join(', ')}}`).join('\n')}
services: {api: {image: "shop-api:1.0", environment: {<<: *x20}}}
`;
const deep = `services: {api: {image: "shop-api:1.0", command: ${'['.repeat(200_000)}${']'.repeat(200_000)}}}`;

test.each([
  ['39', 'deep YAML', deep],
  ['40', 'an alias bomb', aliasBomb],
  ['40', 'a merge bomb', mergeBomb],
  ['40', 'an alias to itself', 'services: {api: {image: "shop-api:1.0", command: &x [*x]}}\n'],
])('row %s: %s in a Compose file is refused in a moment', async (_row, _what, compose) => {
  await host.refuses(await withCompose(compose), 11);
  const started = performance.now();
  const { code, stderr } = await exported({ 'compose.yml': compose });
  expect({ code, stderr }).toMatchObject({ code: 11 });
  expect(performance.now() - started).toBeLessThan(10_000);
});

// What once took minutes, or ended as an internal fault: each command has to end in a moment.
const many: readonly (readonly [string, string])[] = [
  [
    '110,000 services',
    `services:\n${Array.from({ length: 110_000 }, (_, n) => `  s${n}: {image: "shop-api:1.0"}`).join('\n')}\n`,
  ],
  [
    '2,000 ranges of all ports',
    `services:\n  api:\n    image: shop-api:1.0\n    ports:\n${Array.from({ length: 2000 }, (_, n) => `      - "10.0.${n >> 8}.${n & 255}:1-65535:1-65535"`).join('\n')}\n`,
  ],
];

test.each(many)('row 39: %s in a Compose file hold no command up', async (_, compose) => {
  const path = await withCompose(compose);
  const [, , ...where] = host.words(path);
  const preflight = ['preflight', path, ...where.filter((word) => word !== '--yes')];
  for (const words of [
    preflight,
    host.words(path, '--dry-run'),
    ['diff', host.at('before'), path],
  ]) {
    const started = performance.now();
    const { code, stderr } = await bundle(words, {
      env: { NODE_OPTIONS: '--max-old-space-size=300' },
    });
    expect({ words, code, stderr: stderr.slice(0, 500) }).toMatchObject({
      code: [0, 11, 57].find((one) => one === code) ?? 0,
    });
    expect(performance.now() - started).toBeLessThan(10_000);
  }
  await host.leavesDocker(path, ['--dry-run']);
});

test('row 39: a million spaces in the example of the settings hold no start up', async () => {
  const path = await edited((contents) => {
    const text = `# allowed: a${' '.repeat(1_000_000)}b\nLEVEL=a\n`;
    contents.set(paths.envExample, Buffer.from(text));
  });
  const started = performance.now();
  const { code, stderr } = await host.import(path, '--up', '--dry-run');
  expect({ code, stderr }).not.toMatchObject({ code: 1 });
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('row 37: 150,000 settings hold no comparison up', async () => {
  const path = await edited((contents) => {
    const names = Array.from({ length: 150_000 }, (_, n) => `A${n}=`);
    contents.set(paths.envExample, Buffer.from(names.join('\n')));
  });
  const started = performance.now();
  const { code, stderr } = await bundle(['diff', host.at('before'), path]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(performance.now() - started).toBeLessThan(15_000);
});

test('row 40: an alias to itself in a spec is refused with its line', async () => {
  const spec = host.at('odd.bundle.yaml');
  await writeFile(spec, 'schemaVersion: 1\ncompose: compose.yml\na: &x [*x]\n');
  const { code, stderr } = await bundle(['export', spec, '-o', host.at('odd')]);
  expect({ code, stderr }).toMatchObject({ code: 11, stderr: expect.stringContaining('line 3') });
});

test.each([paths.manifest, paths.imageIndex, paths.dockerManifest, paths.ociLayout])(
  'rows 41 and 42: __proto__ and a duplicate key in %s are refused',
  async (file) => {
    for (const more of ['"__proto__":{"omitted":[]},', '"product":"a","product":"b",']) {
      const insert = (contents: Map<string, Buffer>): void => {
        const content = text(contents, file);
        const at = content.indexOf('{') + 1;
        contents.set(file, Buffer.from(content.slice(0, at) + more + content.slice(at)));
      };
      const path = await edited((contents) => {
        if (file !== paths.manifest) insert(contents);
      });
      if (file === paths.manifest) await rewrite(path, insert);
      await host.refuses(path, 57);
    }
  },
);

test.each([
  ['41', '__proto__', 'services:\n  __proto__: {image: app:1}\n'],
  ['42', 'a duplicate key', 'services:\n  app: {image: app:1}\n  app: {image: evil:1}\n'],
])('row %s: %s in a Compose file is refused with its line', async (_row, _what, compose) => {
  const { code, stderr } = await exported({ 'compose.yml': compose });
  expect({ code, stderr }).toMatchObject({ code: 11 });
  expect(stderr).toMatch(/line [23]/);
});

test('row 43: what asks for access to the host is verified to its last byte first', async () => {
  const path = await withCompose('services: {api: {image: "shop-api:1.0", privileged: true}}\n');
  await rewrite(path, (contents) => {
    const [last = ''] = [...contents.keys()]
      .filter((name) => name.startsWith(paths.blobsDir))
      .slice(-1);
    const bytes = Buffer.from(contents.get(last) ?? '');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    contents.set(last, bytes);
  });
  // The layout has this layer already, so an import into it does not read it.
  expect(await host.leavesDocker(path)).toBe(51);
});

test('row 43: an export warns of all access to the host, with the place', async () => {
  const compose = service(`    privileged: true
    network_mode: host
    pid: host
    cap_add: [SYS_ADMIN]
    volumes:
      - /:/host
      - /var/run/docker.sock:/var/run/docker.sock
`);
  const { code, stderr } = await exported({ 'compose.yml': compose });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  for (const [line, words] of [
    [4, 'privileged'],
    [5, 'network'],
    [6, 'pid'],
    [7, 'SYS_ADMIN'],
    [8, 'the engine’s socket'],
    [8, 'reads or writes / of the host'],
  ] as const)
    expect(stderr).toMatch(new RegExp(`compose\\.yml:${line}: warning: .*${words}`));
});

test.each([
  ['44', 'a remote include', 'include:\n  - https://example.invalid/y.git\nservices: {}\n', 2],
  ['44', 'an include from a registry', 'include:\n  - oci://example.invalid/y\nservices: {}\n', 2],
  ['44', 'a remote extends', 'services:\n  a:\n    extends: {file: "oci://x/y", service: b}\n', 3],
  ['46', 'a provider', 'services:\n  a:\n    provider: {type: model}\n', 3],
])('row %s: an export refuses %s with its line', async (_row, _what, compose, line) => {
  const { code, stderr } = await exported({ 'compose.yml': compose });
  expect({ code, stderr }).toMatchObject({ code: 11 });
  expect(stderr).toContain(`line ${line}`);
});

test.each([
  ['44', 'a remote include', 'include: ["https://example.invalid/y.git"]\nservices: {}\n'],
  ['45', 'an include of a host file', 'include: [/etc/compose.yml]\nservices: {}\n'],
  [
    '45',
    'an extends from a host file',
    'services: {a: {extends: {file: /etc/x.yml, service: b}}}\n',
  ],
  ['46', 'a provider', 'services: {api: {image: "shop-api:1.0", provider: {type: ./evil.sh}}}\n'],
])('row %s: an import refuses %s', async (_row, _what, compose) => {
  await host.refuses(await withCompose(compose), 11);
});

test('row 45: an env file outside the project is named, and is not packed', async () => {
  const compose = service('    env_file: ../../secret.env\n');
  await writeFile(host.at('secret.env'), 'PASSWORD=of-the-host\n');
  const { code, stderr } = await exported({ 'compose.yml': compose });
  expect([0, 11, 13]).toContain(code);
  expect(stderr).toContain('secret.env');
  if (code !== 0) return;
  const { stdout } = await bundle(['inspect', host.at('project/out'), '--json']);
  const { manifest } = JSON.parse(stdout);
  expect(manifest.files.map(({ path }: { path: string }) => path).join()).not.toContain('secret');
  expect(manifest.leftOut).toMatchObject([{ source: '../../secret.env' }]);
});

test.each([
  ['product', '../../etc'],
  ['product', 'a/b'],
  ['product', '.'],
  ['version', '../../../etc/cron.d/x'],
  ['version', 'a/b'],
  ['version', '1.0\u001b[2J'],
] as const)('row 48: the %s %j is refused', async (key, value) => {
  const path = await edited(
    () => undefined,
    (manifest) => {
      manifest[key] = value;
    },
  );
  expect(await host.refuses(path, 57)).not.toContain('\u001b');
});

test.each(['../evil:1', 'a:1/../../b', '-flag:1', 'a b:1', '\u202eevil:1'])(
  'row 48: the image name %j is refused',
  async (reference) => {
    const path = await edited(
      () => undefined,
      ({ images }) => {
        if (images[0] !== undefined) images[0].reference = reference;
      },
    );
    await host.refuses(path, 57);
  },
);

test('row 49: nothing in a bundle can write to the terminal', async () => {
  const hostile = 'OK \u001b[2J\u001b]0;title\u0007 signed\r\n\u202eby vendor\u009b1m';
  for (const change of [
    (manifest: Record<string, unknown>) => {
      manifest['created'] = hostile;
    },
    (manifest: Record<string, unknown>) => {
      manifest['platform'] = { os: hostile, architecture: hostile };
    },
    (manifest: Record<string, unknown>) => {
      manifest['product'] = hostile;
    },
    (manifest: Record<string, unknown>) => {
      manifest[hostile] = hostile;
    },
  ]) {
    const path = await edited(() => undefined);
    await rewrite(path, (contents) => {
      const manifest = JSON.parse(text(contents, paths.manifest));
      change(manifest);
      contents.set(paths.manifest, Buffer.from(JSON.stringify(manifest)));
    });
    expect(await host.leavesDocker(path)).not.toBe(0);
    for (const args of [['inspect'], ['verify'], ['validate'], ['import']]) {
      const [command = ''] = args;
      const words = command === 'import' ? host.words(path) : [command, path];
      const { stdout, stderr } = await bundle(words);
      const printed = `${stdout}${stderr}`.replaceAll('\n', '');
      expect(printed).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    }
  }
});
