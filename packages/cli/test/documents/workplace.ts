import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  cosignPath,
  makeHandMadeFolder,
  makeLayout,
  makeSshKey,
  sshPath,
  type TestImage,
} from '@bundle/testkit';
import { bundle } from '../run-bundle.ts';

// An application and its bundles, as the documents name them. Images are in a folder in OCI image layout, which takes
// the place of an engine.

const main = join(import.meta.dirname, '../../bin/bundle.cjs');

const compose = `name: shop
services:
  api:
    image: shop/api:1.0
    environment: { DB_PASSWORD: "\${DB_PASSWORD:-none}", LEVEL: "\${LEVEL:-info}" }
  backend:
    image: shop/backend:1.0
  web:
    image: shop/web:1.0
    ports: ["\${HTTP_PORT:-8080}:80"]
    volumes: ["./conf/web.conf:/etc/web.conf:ro", "./demo-data:/data:ro", "./conf/big.db:/big.db:ro"]
  gpu:
    image: shop/backend:1.0
    profiles: [gpu, cpu]
`;

const files: Readonly<Record<string, string>> = {
  'docker-compose.yml': compose,
  'deploy/compose.yml': 'name: shop\nservices: { web: { image: "shop/web:1.0" } }\n',
  'conf/web.conf': 'listen 80\n',
  'conf/big.db': 'data\n',
  'demo-data/one.txt': 'one\n',
  'manifests/shop.yaml': 'schemaVersion: 1\ncompose: ../docker-compose.yml\n',
  'web.env': 'LEVEL=info\n',
  'hosts.yaml': 'hosts: [shop-1, shop-2, shop-3]\n',
  '.env': 'LEVEL=debug\n',
  users: 'ann:secret\n',
};

function image(name: string, release: string): TestImage {
  const layers = [{ text: 'base' }, { text: `${name} ${release}` }];
  return { reference: `shop/${name}:1.0`, layers };
}

/**
 * Makes the folder that each block of a document starts in, with the command on its PATH. Returns the identity of
 * `shop.tar`.
 */
export async function makeWorkplace(folder: string): Promise<string> {
  const at = (...names: string[]): string => join(folder, ...names);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(at('shop-source', name)), { recursive: true });
    await writeFile(at('shop-source', name), text);
  }
  for (const release of ['1.0', '1.1']) {
    await makeLayout(
      at(`images-${release}`),
      ['api', 'backend', 'web'].map((name) => image(name, release)),
    );
    const args = [
      'export',
      '-o',
      at('shop-source', `shop-${release}.tar`),
      '--release-version',
      release,
    ];
    const env = { BUNDLE_ENGINE: `oci:${at(`images-${release}`)}` };
    await succeed([...args, '--no-runtime', '--no-progress'], at('shop-source'), env);
  }
  for (const [copy, release] of Object.entries({
    shop: '1.0',
    'shop-1.4': '1.0',
    'shop-1.5': '1.1',
  }))
    await cp(at(`shop-source/shop-${release}.tar`), at(`shop-source/${copy}.tar`));
  await cp(at('images-1.1'), at('shop-source/images'), { recursive: true });
  await mkdir(at('shop-source/delivery'));
  await makeHandMadeFolder(at('shop-source/delivery'));
  await mkdir(at('shop-source/media/stick'), { recursive: true });
  for (const name of ['shop.tar', 'shop-1.0.tar', 'shop-1.1.tar'])
    await cp(at('shop-source', name), at('shop-source/media/stick', name));
  await mkdir(at('shop-source/home/.ssh'), { recursive: true });
  await makeSshKey(at('shop-source/home/.ssh'), 'ed25519', 'id_ed25519');
  for (const name of ['release-key', 'host', 'sender'])
    await makeSshKey(at('shop-source'), 'ed25519', name);
  const keyOf = (path: string): Promise<string> => readFile(at('shop-source', path), 'utf8');
  const release = `me@example.com ${await keyOf('release-key.pub')}`;
  for (const name of ['allowed_signers', 'keys']) await writeFile(at('shop-source', name), release);
  await writeFile(at('shop-source/site-keys'), `site ${await keyOf('home/.ssh/id_ed25519.pub')}`);
  await cp(at('shop-source/docker-compose.yml'), at('shop-source/home/shop/docker-compose.yml'));
  // The same bundle as a folder, signed.
  await mkdir(at('shop-source/shop'));
  await promisify(execFile)('tar', [
    '-xf',
    at('shop-source/shop.tar'),
    '-C',
    at('shop-source/shop'),
  ]);
  await writeFile(at('shop-source/shop/allowed_signers'), release);
  await succeed(['sign', at('shop-source/shop'), '--key', at('shop-source/release-key')], folder, {
    PATH: sshPath,
  });
  await mkdir(at('shop-source/bin'));
  const wrapper = `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`;
  await writeFile(at('shop-source/bin/bundle'), wrapper, { mode: 0o755 });
  await writeFile(at('shop-source/bin/sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  if (cosignPath !== undefined) await symlink(cosignPath, at('shop-source/bin/cosign'));
  const manifest = await readFile(at('shop-source/shop/bundle.json'));
  await writeFile(at('shop-source/bundle.json'), manifest);
  return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
}

/** Returns the environment of a block in its own copy of the workplace. */
export function environmentIn(folder: string): Record<string, string> {
  return {
    PATH: `${join(folder, 'bin')}:${sshPath}`,
    HOME: join(folder, 'home'),
    BUNDLE_STATE_DIR: join(folder, 'var/lib/bundle'),
    BUNDLE_ENGINE: `oci:${join(folder, 'images')}`,
    BUNDLE_LAYER_CACHE: join(folder, 'cache'),
    LC_ALL: 'C.UTF-8',
    COSIGN_PASSWORD: 'passphrase',
  };
}

async function succeed(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { code, stderr } = await bundle(args, { cwd, env });
  if (code !== 0) throw new Error(`bundle ${args.join(' ')}: ${code}\n${stderr}`);
}
