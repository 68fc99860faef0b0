import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type DockerRegistry,
  dockerRegistryProgram,
  hostArchitecture,
  type LaidOutImage,
  makeIndex,
  makeLayout,
  type RegistryKind,
  registryKinds,
  registryUser,
  skopeoProgram,
  startCuttingProxy,
  startDockerRegistry,
} from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

// Debian's docker-registry, and skopeo as a second opinion.

const otherArchitecture = hostArchitecture === 'amd64' ? 'arm64' : 'amd64';
const isMissing = dockerRegistryProgram === undefined || skopeoProgram === undefined;
const run = promisify(execFile);
const gz = (text: string) => ({ text, compression: 'gzip' as const });
const big = gz(randomBytes(1_500_000).toString('base64'));
let folder: string;
let layout: LaidOutImage[];
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registries-'));
  layout = await makeLayout(file('layout'), [
    { reference: 'shop/api:1.0', layers: [big, gz('api')], attested: true },
    { reference: 'shop/web:2.0', layers: [big, { text: 'web', compression: 'zstd' }] },
  ]);
  await compose('compose.yml', (name) => `shop/${name}`);
  const { code, stderr } = await bundle([
    ...['export', file('compose.yml'), '--from', `oci:${file('layout')}`],
    ...['-o', file('shop.tar'), '--no-runtime'],
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { name, password } = registryUser;
  await mkdir(file('logged-in'));
  await mkdir(file('bin'));
  await writeFile(
    file('bin/docker-credential-test'),
    `#!/bin/sh\ncat >/dev/null\necho '{"ServerURL":"x","Username":"${name}","Secret":"${password}"}'\n`,
    { mode: 0o755 },
  );
  await writeFile(file('logged-in/config.json'), '{"credsStore":"test"}');
});
afterAll(() => rm(folder, { recursive: true }));

async function compose(path: string, name: (service: string) => string): Promise<void> {
  const text = `name: shop\nservices:\n  api: {image: "${name('api')}:1.0"}\n  web: {image: "${name('web')}:2.0"}\n`;
  await writeFile(file(path), text);
}

const env = (kind: RegistryKind): Record<string, string> =>
  kind === 'basic' || kind === 'token'
    ? { DOCKER_CONFIG: file('logged-in'), PATH: `${file('bin')}:${process.env['PATH']}` }
    : {};
const skopeo = async (
  kind: RegistryKind,
  image: string,
  ...more: string[]
): Promise<{ Digest: string; manifests?: object[] }> => {
  const creds = ['--creds', `${registryUser.name}:${registryUser.password}`];
  const { stdout } = await run(skopeoProgram ?? '', [
    ...['--insecure-policy', 'inspect', '--tls-verify=false'],
    ...(kind === 'basic' || kind === 'token' ? creds : []),
    ...more,
    `docker://${image}`,
  ]);
  return JSON.parse(stdout);
};

(isMissing ? describe.skip : describe)('a real registry', () => {
  test.each(registryKinds)(
    '(%s) gets the images of a bundle, and gives them to an export, with the same digests',
    async (kind) => {
      const registry = await startDockerRegistry(file(`registry-${kind}`), kind);
      try {
        const push = () =>
          bundle(['push', file('shop.tar'), `${registry.host}/team`, '--json'], { env: env(kind) });
        const { code, stdout } = await push();
        expect({ code, stdout }).toMatchObject({ code: 0 });
        const again = JSON.parse((await push()).stdout);
        expect(again).toMatchObject({ uploaded: { blobs: 0 }, mounted: { blobs: 0 } });
        const [api, web] = layout;
        for (const [name, top] of [
          ['api:1.0', api?.topDigest],
          ['web:2.0', web?.topDigest],
        ]) {
          const found = await skopeo(kind, `${registry.host}/team/shop/${name}`);
          expect(found.Digest).toBe(top);
        }
        await compose(`${kind}.yml`, (name) => `${registry.host}/team/shop/${name}`);
        const output = file(`${kind}.bundle`);
        const packed = await bundle(
          ['export', file(`${kind}.yml`), '--from', 'registry', '-o', output, '--no-runtime'],
          { env: env(kind) },
        );
        expect(packed).toMatchObject({ code: 0 });
        expect((await bundle(['verify', output])).code).toBe(0);
        const shown = JSON.parse((await bundle(['inspect', output, '--json'])).stdout);
        const tops = shown.manifest.images.map((image: { topDigest: string }) => image.topDigest);
        expect(tops).toEqual([api?.topDigest, web?.topDigest]);
        const copied = [
          '--insecure-policy',
          'copy',
          `oci:${output}/images:2.0`,
          `dir:${file(`${kind}.dir`)}`,
        ];
        await run(skopeoProgram ?? '', copied);
      } finally {
        await registry.stop();
      }
    },
  );

  test('gets a bundle for two platforms under one index, and gives both of them back', async () => {
    const registry = await startDockerRegistry(file('registry-platforms'), 'plain');
    try {
      const here = { reference: 'one:here', layers: [gz('here')] };
      const members = await makeLayout(file('two-platforms'), [
        here,
        { ...here, reference: 'one:there', architecture: otherArchitecture },
      ]);
      const top = await makeIndex(file('two-platforms'), 'docker.io/shop/one:1', members);
      const both = ['--platform', `linux/${hostArchitecture},linux/${otherArchitecture}`];
      const pack = async (image: string, from: string, output: string) => {
        await writeFile(file('two.yml'), `name: shop\nservices: {one: {image: "${image}"}}\n`);
        const args = ['export', file('two.yml'), '--from', from, '-o', file(output)];
        const packed = await bundle([...args, '--no-runtime', '--json', ...both]);
        expect(packed).toMatchObject({ code: 0 });
        return JSON.parse(packed.stdout).manifest;
      };
      await pack('shop/one:1', `oci:${file('two-platforms')}`, 'two.tar');
      const pushed = await bundle(['push', file('two.tar'), `${registry.host}/team`]);
      expect(pushed).toMatchObject({ code: 0 });
      expect(
        (await skopeo('plain', `${registry.host}/team/shop/one:1`, '--raw')).manifests,
      ).toEqual(
        members.map(({ manifestDigest }) => expect.objectContaining({ digest: manifestDigest })),
      );
      const back = await pack(`${registry.host}/team/shop/one:1`, 'registry', 'two-back.tar');
      expect([back.images[0].topDigest, back.platforms[0].images[0].topDigest]).toEqual([top, top]);
    } finally {
      await registry.stop();
    }
  });

  describe('and an update of one layer', () => {
    const update = (output: string, ...more: string[]) =>
      bundle([
        ...['export', file('compose.yml'), '--from', `oci:${file('next')}`, '--since'],
        ...[file('shop.tar'), '-o', file(output), '--no-runtime', ...more],
      ]);
    let registry: DockerRegistry;
    beforeAll(async () => {
      await makeLayout(file('next'), [
        { reference: 'shop/api:1.0', layers: [big, gz('next api')] },
        { reference: 'shop/web:2.0', layers: [big, { text: 'web', compression: 'zstd' }] },
      ]);
      expect(await update('update.tar', '--no-delta')).toMatchObject({ code: 0 });
      registry = await startDockerRegistry(file('registry-update'), 'plain');
    });
    afterAll(() => registry.stop());
    const push = (path: string, ...more: string[]) =>
      bundle(['push', file(path), `${registry.host}/team`, ...more]);

    test('refuses the update where its base is missing, and names the base', async () => {
      const { code, stderr } = await push('update.tar');
      expect(code).toBe(70);
      expect(stderr).toMatch(/Push shop .* to the same place first, or push a complete bundle/);
    });

    test('gets only the new layer where it has the base, and the image is whole', async () => {
      expect(await push('shop.tar')).toMatchObject({ code: 0 });
      const { code, stdout } = await push('update.tar', '--json');
      // The new layer and the config that names it.
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, uploaded: { blobs: 2 } });
      const copy = [
        'copy',
        '--src-tls-verify=false',
        `docker://${registry.host}/team/shop/api:1.0`,
      ];
      await run(skopeoProgram ?? '', ['--insecure-policy', ...copy, `dir:${file('updated')}`]);
    });
  });

  test('whose connections are cut in every blob gives all of them', async () => {
    const registry = await startDockerRegistry(file('registry-cut'), 'plain');
    const proxy = await startCuttingProxy(registry.host, 400_000);
    try {
      await bundle(['push', file('shop.tar'), `${registry.host}/team`]);
      await compose('cut.yml', (name) => `${proxy.host}/team/shop/${name}`);
      const output = file('cut.tar');
      const packed = await bundle([
        ...['export', file('cut.yml'), '--from', 'registry', '-o', output, '--no-runtime'],
      ]);
      expect(packed).toMatchObject({ code: 0 });
      expect(proxy.cuts()).toBeGreaterThan(2);
      expect((await bundle(['verify', output])).code).toBe(0);
    } finally {
      await proxy.close();
      await registry.stop();
    }
  });

  // This registry cannot say how much it has of an upload that was cut, so that blob begins again.
  test('gets all blobs, also when connections are cut in the middle of some', async () => {
    const registry = await startDockerRegistry(file('registry-push-cut'), 'plain');
    const proxy = await startCuttingProxy(registry.host, 400_000, 3);
    try {
      expect(await bundle(['push', file('shop.tar'), `${proxy.host}/team`])).toMatchObject({
        code: 0,
      });
      expect(proxy.cuts()).toBe(3);
      const found = await skopeo('plain', `${registry.host}/team/shop/api:1.0`);
      expect(found.Digest).toBe(layout[0]?.topDigest);
    } finally {
      await proxy.close();
      await registry.stop();
    }
  });

  test('with authentication refuses a stranger, and the error never shows a password', async () => {
    const registry = await startDockerRegistry(file('registry-closed'), 'basic');
    try {
      const { code, stderr } = await bundle(['push', file('shop.tar'), `${registry.host}/team`]);
      expect(code).toBe(111);
      expect(stderr).toContain(`docker login ${registry.host}`);
      await mkdir(file('wrong'), { recursive: true });
      const auth = Buffer.from('ann:wr0ng-secret').toString('base64');
      await writeFile(
        file('wrong/config.json'),
        JSON.stringify({ auths: { [registry.host]: { auth } } }),
      );
      const wrong = await bundle(['push', file('shop.tar'), `${registry.host}/team`], {
        env: { DOCKER_CONFIG: file('wrong') },
      });
      expect(wrong.code).toBe(111);
      expect(wrong.stderr).not.toMatch(/wr0ng|YW5u/);
    } finally {
      await registry.stop();
    }
  });
});
