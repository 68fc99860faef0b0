// Makes the npm packages of a release in a folder: offline-bundle with the command and the API, and one with the
// executable of each platform. See docs/adr/0040-release.md.
// node npm-packages.js --command DIR --executables DIR --output DIR --epoch SECONDS [linux-x64] [linux-arm64]
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { apiModules, sourceOf } from './api-modules.js';
import { copyTypes } from './api-types.js';
import { lighter } from './bundling.js';
import { noticesName, thirdPartyNotices } from './notices.js';

const root = join(import.meta.dirname, '../..');
const cli = join(root, 'packages/cli');
const { values, positionals: platforms } = parseArgs({
  allowPositionals: true,
  options: {
    command: { type: 'string' },
    executables: { type: 'string' },
    output: { type: 'string' },
    epoch: { type: 'string' },
  },
});
const { command, executables, output, epoch } = values;
const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const description =
  'Pack a Docker Compose application into a verified bundle, and start it on a host without a network';
const work = mkdtempSync(join(output, '.npm-'));
try {
  const main = join(work, 'offline-bundle');
  await makeMain(main);
  pack(main, `offline-bundle-${version}.tgz`);
  for (const platform of platforms) {
    const folder = join(work, platform);
    makePlatform(folder, platform);
    pack(folder, `offline-bundle-${platform}-${version}.tgz`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The layout of bin/ and dist/command is that of a checkout, since the command looks for its files there. */
async function makeMain(folder) {
  const names = readdirSync(command).filter((name) => !name.endsWith('.map'));
  for (const name of names)
    write(join(folder, 'dist/command', name), readFileSync(join(command, name)));
  for (const name of ['bundle.cjs', 'loader.cjs'])
    write(join(folder, 'bin', name), readFileSync(join(cli, 'bin', name)));
  write(join(folder, 'bin/bundle'), readFileSync(join(cli, 'bin/npm.sh')), 0o755);
  const modules = await makeApi(join(folder, 'api'));
  copyTypes(join(folder, 'types'));
  const notices = readFileSync(join(command, noticesName), 'utf8');
  const missing = sections(thirdPartyNotices(modules)).filter((one) => !notices.includes(one));
  if (missing.length > 0)
    throw new Error(`the notices of the command lack what the API contains: ${missing[0]}`);
  cpSync(join(root, 'manifests'), join(folder, 'manifests'), {
    recursive: true,
    filter: (path) => !path.endsWith('/ci') && !path.endsWith('.yaml'),
  });
  cpSync(join(root, 'fixtures/example'), join(folder, 'example'), { recursive: true });
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(join(root, 'docs/npm.md'), join(folder, 'README.md'));
  const exported = Object.keys(apiModules).map((name) => [
    `./${name}`,
    { types: `./types/${typesOf(name)}`, default: `./api/${fileOf(name)}` },
  ]);
  writeJson(join(folder, 'package.json'), {
    name: 'offline-bundle',
    version,
    description,
    keywords: ['docker', 'docker-compose', 'offline', 'air-gapped', 'oci', 'deployment'],
    license,
    type: 'module',
    bin: { bundle: 'bin/bundle', 'offline-bundle': 'bin/bundle' },
    exports: {
      ...Object.fromEntries(exported),
      './manifests/*': './manifests/*',
      './package.json': './package.json',
    },
    files: ['api', 'bin', 'dist', 'example', 'manifests', 'types'],
    engines: { node: '>=18' },
    optionalDependencies: {
      'offline-bundle-linux-arm64': version,
      'offline-bundle-linux-x64': version,
    },
  });
}

async function makeApi(folder) {
  const program = await rolldown({
    input: Object.fromEntries(
      Object.keys(apiModules).map((name) => [fileOf(name).slice(0, -'.js'.length), sourceOf(name)]),
    ),
    platform: 'node',
    plugins: [lighter],
    // What the command loads on demand, an index exports at once.
    checks: { ineffectiveDynamicImport: false },
  });
  const { output: made } = await program.generate({
    dir: folder,
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name].js',
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  });
  await program.close();
  for (const { fileName, code } of made) write(join(folder, fileName), code);
  return made.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
}

function makePlatform(folder, platform) {
  const [os, cpu] = platform.split('-');
  write(join(folder, 'bundle'), readFileSync(join(executables, `bundle-${platform}`)), 0o755);
  write(join(folder, noticesName), readFileSync(join(command, noticesName)));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  write(
    join(folder, 'README.md'),
    `# offline-bundle-${platform}\n\nThe executable of [offline-bundle](https://www.npmjs.com/package/offline-bundle) for ${platform}.\n`,
  );
  writeJson(join(folder, 'package.json'), {
    name: `offline-bundle-${platform}`,
    version,
    description: `The executable of offline-bundle for ${platform}`,
    license,
    files: ['bundle', noticesName],
    os: [os],
    cpu: [cpu],
    libc: ['glibc'],
    preferUnplugged: true,
  });
}

/** Packs as npm does, but with the time of the release, and compressed by the Node.js of the lock file. */
function pack(folder, name) {
  const tar = execFileSync(
    'tar',
    [
      '--create',
      '--format=ustar',
      '--sort=name',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mode=u=rwX,go=rX',
      `--mtime=@${epoch}`,
      `--transform=s,^[.],package,`,
      '-C',
      folder,
      '.',
    ],
    { maxBuffer: 1 << 30 },
  );
  writeFileSync(join(output, name), gzipSync(tar, { level: 9 }));
}

function sections(notices) {
  return notices.split(`\n${'='.repeat(80)}\n`).slice(1);
}

function fileOf(name) {
  return `${name.replaceAll('/', '-')}.js`;
}

function typesOf(name) {
  return sourceOf(name)
    .slice(join(root, 'packages/').length)
    .replace('/src/', '/')
    .replace(/\.ts$/, '.d.ts');
}

function write(path, content, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
}

function writeJson(path, document) {
  write(path, `${JSON.stringify(document, undefined, 2)}\n`);
}
