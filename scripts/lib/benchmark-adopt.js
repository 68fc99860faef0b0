// Measures `bundle adopt` against compressing the same image tars with zstd -3 -T0, both as whole processes.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { publishRows, readOptions, rowOf } from './benchmark-rows.js';
import { cell, root, say } from './benchmark-tools.js';

// No engine takes part, so no store does.
const options = { ...readOptions({ size: { type: 'string', default: '1800' } }), store: undefined };
const { runs, size, only } = options;
const bound = 1.1;
const work = join(options.work, `adopt-${size}`);
const images = ['backend', 'frontend', 'nginx'];

/** Returns the digits of the SHA-256 of a file of any size. */
function sha256Of(file) {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1 << 20);
  const handle = openSync(file);
  for (let count = readSync(handle, buffer); count > 0; count = readSync(handle, buffer))
    hash.update(buffer.subarray(0, count));
  closeSync(handle);
  return hash.digest('hex');
}

/** Makes a tar as docker save did before version 25, with two layers of real files of this machine. */
function makeTar(tar, name, lists) {
  const parts = `${tar}.parts`;
  rmSync(parts, { recursive: true, force: true });
  mkdirSync(parts);
  const layers = lists.map((paths, index) => {
    const layer = join(parts, 'layer');
    writeFileSync(`${parts}.list`, paths.join('\n'));
    execFileSync('tar', [
      '-C',
      '/',
      '-cf',
      layer,
      `--transform=s,^,${index}/,`,
      '-T',
      `${parts}.list`,
    ]);
    const digits = sha256Of(layer);
    mkdirSync(join(parts, digits));
    renameSync(layer, join(parts, digits, 'layer.tar'));
    return digits;
  });
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const config = JSON.stringify({
    ...{ architecture, os: 'linux', created: '2026-01-01T00:00:00Z', config: { Cmd: [name] } },
    rootfs: { type: 'layers', diff_ids: layers.map((digits) => `sha256:${digits}`) },
  });
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  writeFileSync(join(parts, configName), config);
  const manifest = [
    {
      Config: configName,
      RepoTags: [`shop/${name}:1`],
      Layers: layers.map((digits) => `${digits}/layer.tar`),
    },
  ];
  writeFileSync(join(parts, 'manifest.json'), JSON.stringify(manifest));
  execFileSync('tar', ['-C', parts, '-cf', `${tar}.new`, ...readdirSync(parts)]);
  renameSync(`${tar}.new`, tar);
  rmSync(parts, { recursive: true });
  rmSync(`${parts}.list`);
}

/** `shared`: the last two images have one base layer, as an application on nginx and nginx itself do. */
function makeFolder(folder, shared) {
  const tars = images.map((name) => join(folder, `${name}-image.tar`));
  if (tars.every(existsSync)) return tars;
  say(`Making ${size} MB of image tars…`);
  mkdirSync(folder, { recursive: true });
  const find = ['/usr', '-xdev', '-type', 'f', '-size', '-4M', '-printf', '%s %p\n'];
  const files = execFileSync('find', find, { encoding: 'utf8', maxBuffer: 2 ** 28 })
    .trim()
    .split('\n')
    .map((line) => /^(\d+) \/(.*)$/.exec(line).slice(1));
  const lists = images.map(() => [[], []]);
  const enough = (size * 1e6) / (images.length * 2);
  let next = 0;
  for (const list of lists.flat()) {
    for (let filled = 0; filled < enough; next += 1) {
      const [size, path] = files[next % files.length];
      list.push(path);
      filled += Number(size);
    }
  }
  if (shared) lists[2][0] = lists[1][0];
  for (const [index, tar] of tars.entries()) makeTar(tar, images[index], lists[index]);
  return tars;
}

/** Runs a command after earlier writes are on the disk; returns the seconds. */
function seconds(script, env = {}) {
  execFileSync('sync');
  const started = performance.now();
  const { status, stderr } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${script}\n${stderr}`);
  return (performance.now() - started) / 1000;
}

const services = images.map((name) => `  ${name}: {image: "shop/${name}:1"}`);
const out = join(work, 'out.tar');
const cache = join(work, 'cache');

const plans = [
  { name: 'adopt, no layer shared' },
  { name: 'adopt, two images on one base', shared: true },
  { name: 'adopt, filling the layer cache', shared: true, cached: true },
  { name: 'adopt, with a checksum list', shared: true, sums: true },
];
const rows = [];
say('| what | bundle s | zstd -3 -T0 s | ratio | bound |');
say('|---|---|---|---|---|');
for (const { name, shared = false, cached = false, sums = false } of plans) {
  if (!name.startsWith(only)) continue;
  const folder = join(work, shared ? 'shared' : 'apart');
  const tars = makeFolder(folder, shared);
  const bytes = tars.reduce((sum, tar) => sum + statSync(tar).size, 0);
  const compose = `name: shop\nservices:\n${services.join('\n')}\n`;
  writeFileSync(join(folder, 'docker-compose.yml'), compose);
  const list = join(folder, 'checksums.sha256');
  const flags = `--force --no-runtime --no-progress${cached ? '' : ' --no-cache'}`;
  const script = `${join(root, 'scripts/bundle')} adopt ${folder} -o ${out} ${flags}`;
  const compress = tars.map((tar) => `zstd -q -f -3 -T0 ${tar} -o ${tar}.zst`).join(' && ');
  const packed = tars.map((tar) => `${tar}.zst`);
  rmSync(list, { force: true });
  if (sums)
    writeFileSync(list, tars.map((tar) => `${sha256Of(tar)}  ${tar.split('/').at(-1)}\n`).join(''));
  const taken = { ours: [], theirs: [] };
  const ours = () => {
    rmSync(cache, { recursive: true, force: true });
    taken.ours.push(seconds(script, { BUNDLE_LAYER_CACHE: cache }));
  };
  const theirs = () => {
    taken.theirs.push(seconds(compress));
    for (const file of packed) rmSync(file, { force: true });
  };
  // Both read the tars from memory: neither is first.
  for (const tar of tars) readFileSync(tar);
  for (let run = 0; run < runs; run += 1)
    for (const side of run % 2 === 0 ? [ours, theirs] : [theirs, ours]) side();
  const row = rowOf({
    ...{ what: name, against: 'zstd -3 -T0', bundle: taken.ours, theirs: taken.theirs, bound },
  });
  rows.push(row);
  const megabytes = `${(bytes / 1e6).toFixed(0)} MB`;
  process.stdout.write(
    `| ${name}, ${megabytes} | ${cell(taken.ours)} | ${cell(taken.theirs)} | ${row.ratio.toFixed(2)} | ${bound} |\n`,
  );
}
rmSync(out, { force: true });
publishRows(options, rows);
