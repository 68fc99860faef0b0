// The pairs of layers that deltas are measured on, made from the npm registry, Debian's packages and from nothing.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './benchmark-tools.js';

const server = {
  next: '15.0.0',
  react: '18.3.1',
  'react-dom': '18.3.1',
  express: '4.21.0',
  typescript: '5.6.3',
  esbuild: '0.24.0',
  lodash: '4.17.21',
  axios: '1.7.7',
};
const frontend = {
  vue: '3.5.12',
  vuetify: '3.7.3',
  echarts: '5.5.1',
  'vue-router': '4.4.5',
  vite: '5.4.10',
};
const entry = `import { createApp } from 'vue'; import * as v from 'vuetify'; import 'vuetify/styles';
import * as components from 'vuetify/components';
import('echarts').then((e) => e.init(document.body)); import('vue-router').then(console.log);
createApp({ template: 'TEXT' }).use(v.createVuetify({ components })).mount('body');`;

/** Layers of dependencies, one of which was updated. */
export const dependencyPair = {
  name: 'node_modules, express 4.21.0 to 4.21.1',
  old: modules(server),
  next: modules({ ...server, express: '4.21.1' }),
  most: 40_000,
};

/**
 * Returns what is measured; `isProgram`: almost all of the layer is one program. `debian`: folders with the same unpacked
 * packages of an older and a newer suite.
 */
export const pairsOf = (debian) => [
  {
    name: 'node_modules, next 15.0.0 to 15.0.1',
    old: modules(server),
    next: modules({ ...server, next: '15.0.1' }),
  },
  dependencyPair,
  {
    name: 'the same, every time changed',
    old: modules(server),
    next: modules({ ...server, express: '4.21.1' }, 1_710_000_000),
    most: 40_000,
  },
  {
    name: 'Go program, esbuild 0.25.0 to 0.25.1',
    old: modules({ '@esbuild/linux-x64': '0.25.0' }),
    next: modules({ '@esbuild/linux-x64': '0.25.1' }),
    isProgram: true,
  },
  {
    name: 'Rust library, swc 1.10.0 to 1.10.1',
    old: modules({ '@swc/core-linux-x64-gnu': '1.10.0' }),
    next: modules({ '@swc/core-linux-x64-gnu': '1.10.1' }),
    isProgram: true,
  },
  {
    name: 'front-end build with hashed names',
    old: build('3.5.12', 'hello'),
    next: build('3.5.13', 'goodbye'),
  },
  { name: '1 % of 100 MB in 100 places', old: places(0), next: places(100) },
  {
    name: 'Debian packages, Python 3.13.5 to 3.13.15',
    old: unpacked(debian.old),
    next: unpacked(debian.next),
  },
  {
    name: 'C++ library, libvips of sharp 1.2.3 to 1.2.4',
    old: modules({ '@img/sharp-libvips-linux-x64': '1.2.3' }),
    next: modules({ '@img/sharp-libvips-linux-x64': '1.2.4' }),
    isProgram: true,
  },
  { name: '80,000 files, 4 GB, of which 1 % changed', generated: 'many files', most: 4_000_000 },
  { name: 'sparse file of 8 GiB and an empty one', generated: 'sparse file', most: 3_000_000 },
];

function modules(dependencies, time = 1_700_000_000) {
  return (folder) => {
    install(folder, dependencies);
    return { folder, path: 'node_modules', time };
  };
}

function unpacked(folder) {
  return () => ({ folder, path: 'usr', time: 1_700_000_000 });
}

function build(vue, text) {
  return (folder) => {
    install(folder, { ...frontend, vue });
    writeFileSync(join(folder, 'index.html'), '<script type="module" src="./main.js"></script>');
    writeFileSync(join(folder, 'main.js'), entry.replace('TEXT', text));
    execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build'], {
      cwd: folder,
      stdio: 'ignore',
    });
    return { folder, path: 'dist', time: 1_700_000_000 };
  };
}

/** A file of 100 MB that does not compress, with 10 kB changed in so many places. */
function places(count) {
  return (folder) => {
    const bytes = noise('old', 100_000_000);
    const changes = noise('new', 10_000 * count);
    for (let index = 0; index < count; index++) {
      changes.copy(bytes, index * 999_983, index * 10_000, (index + 1) * 10_000);
    }
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data/file'), bytes);
    return { folder, path: 'data', time: 1_700_000_000 };
  };
}

function noise(seed, length) {
  const parts = [];
  for (let at = 0; at < length; at += 2 ** 20) {
    parts.push(
      createHash('shake256', { outputLength: Math.min(2 ** 20, length - at) })
        .update(`${seed}${at}`)
        .digest(),
    );
  }
  return Buffer.concat(parts);
}

function install(folder, dependencies) {
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'layer', version: '1.0.0', dependencies }),
  );
  execFileSync(
    'npm',
    ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--force'],
    {
      cwd: folder,
      stdio: 'ignore',
      timeout: 600_000,
    },
  );
  // A second copy of the same program for another C library would only double the time of the peers.
  for (const name of ['@next/swc-linux-x64-musl', '@rollup/rollup-linux-x64-musl']) {
    rmSync(join(folder, 'node_modules', name), { recursive: true, force: true });
  }
}

/** Makes a layer once; returns the path of its tar. */
export function makeLayer(work, name, make) {
  const tar = join(work, `${name.replaceAll(/[^0-9A-Za-z]+/g, '-')}.tar`);
  if (existsSync(tar)) return tar;
  say(`Making ${tar}…`);
  const scratch = `${tar}.folder`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const { folder, path, time } = make(scratch);
  execFileSync('tar', [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    `--mtime=@${time}`,
    '-cf',
    `${tar}.part`,
    '-C',
    folder,
    path,
  ]);
  renameSync(`${tar}.part`, tar);
  rmSync(scratch, { recursive: true });
  return tar;
}
