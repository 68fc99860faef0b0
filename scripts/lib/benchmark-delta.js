// Compares deltas inside a layer with xdelta3, zstd --patch-from and bsdiff: bytes, seconds and memory.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeLayer, pairsOf } from './benchmark-delta-layers.js';
import { publishRows, readOptions } from './benchmark-rows.js';
import { median, root, say } from './benchmark-tools.js';
import { generatedPair } from './generated-layers.js';

const text = { type: 'string' };
const { tools, only, runs, ...options } = readOptions({
  ...{ tools: text, 'debian-old': text, 'debian-new': text },
});
const work = join(options.work, 'delta');
mkdirSync(work, { recursive: true });
/** bsdiff takes 17 times the layer as memory, and minutes. */
const mostForBsdiff = 64e6;

const tool = (name, ...args) => {
  const started = performance.now();
  execFileSync(join(tools, 'usr/bin', name), args, { stdio: 'ignore' });
  return (performance.now() - started) / 1000;
};
const peers = {
  xdelta3: (old, next, out) => tool('xdelta3', '-9', '-f', '-e', '-s', old, next, out),
  zstd: (old, next, out) =>
    tool('zstd', '-q', '-f', '-19', '--long=31', `--patch-from=${old}`, next, '-o', out),
  bsdiff: (old, next, out) => tool('bsdiff', old, next, out),
};

/** Runs our side as its own process, since memory is measured with it. */
function ours(mode, delta, next, old) {
  const script = join(root, 'scripts/lib/delta-process.js');
  return JSON.parse(
    execFileSync(join(root, 'scripts/node'), [script, mode, delta, next, old], {
      encoding: 'utf8',
      // As the command is started.
      env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    }),
  );
}

const keep = (name, { old, next }) => [
  makeLayer(work, `${name} old`, old),
  makeLayer(work, `${name} new`, next),
];

function generate(kind) {
  say(`Making ${kind}…`);
  return Object.entries(generatedPair(kind)).map(([which, write]) => {
    const file = join(work, `generated-${which}.tar`);
    write(file);
    return file;
  });
}

/** `generated`: the kind of layers that are too large to keep, and for the peers. */
function measurePair({ name, isProgram = false, most, generated, ...pair }) {
  const [old, next] = generated ? generate(generated) : keep(name, pair);
  const { size } = statSync(next);
  const delta = join(work, 'delta.bin');
  const made = [];
  const applied = [];
  const row = { what: `delta: ${name}`, bytesOfLayer: size, peers: {} };
  for (let round = 0; round < (generated ? 1 : runs); round++) {
    made.push(ours('make', delta, next, old));
    applied.push(ours('apply', delta, next, old));
    // The peers take minutes, and always give the same: once for each pair.
    if (round > 0 || generated) continue;
    for (const [peer, run] of Object.entries(peers)) {
      if (peer === 'bsdiff' && size > mostForBsdiff) continue;
      const seconds = run(old, next, `${delta}.${peer}`);
      row.peers[peer] = { bytes: statSync(`${delta}.${peer}`).size, seconds };
    }
  }
  if (generated) for (const file of [old, next]) rmSync(file);
  row.bytes = statSync(delta).size;
  row.made = made.map(({ seconds }) => seconds);
  row.rebuilt = applied.map(({ seconds }) => seconds);
  const speedOf = (taken) => size / 1e6 / median(taken);
  row.peakMb = Math.max(...[...made, ...applied].map(({ peakKb }) => peakKb)) / 1024;
  const { xdelta3, zstd, bsdiff } = row.peers;
  const bounds = {
    ...(xdelta3 && { 'smaller than xdelta3': row.bytes < xdelta3.bytes }),
    ...(zstd && { 'smaller than zstd': row.bytes < zstd.bytes }),
    ...(bsdiff && { bsdiff: row.bytes <= bsdiff.bytes * (isProgram ? 1.2 : 1) }),
    ...(most && { [`${most} bytes`]: row.bytes <= most }),
    '40 MB/s made': speedOf(row.made) >= 40,
    '150 MB/s rebuilt': speedOf(row.rebuilt) >= 150,
    '250 MB of memory': row.peakMb <= 250,
  };
  row.missed = Object.keys(bounds).filter((bound) => !bounds[bound]);
  return row;
}

const kb = (bytes) => (bytes === undefined ? '–' : `${(bytes / 1000).toFixed(1)}`);
say(
  '| layer | MB | delta kB | xdelta3 -9 | zstd -19 | bsdiff | made s (MB/s) | rebuilt s (MB/s) | peak MB | missed |',
);
say('|---|---|---|---|---|---|---|---|---|---|');
const rows = [];
for (const pair of pairsOf({ old: options['debian-old'], next: options['debian-new'] })) {
  if (!pair.name.startsWith(only)) continue;
  const row = measurePair(pair);
  rows.push(row);
  const megabytes = row.bytesOfLayer / 1e6;
  const speed = (taken) =>
    `${median(taken).toFixed(2)} (${(megabytes / median(taken)).toFixed(0)})`;
  const cells = [
    pair.name,
    megabytes.toFixed(0),
    kb(row.bytes),
    kb(row.peers.xdelta3?.bytes),
    kb(row.peers.zstd?.bytes),
    kb(row.peers.bsdiff?.bytes),
    speed(row.made),
    speed(row.rebuilt),
    row.peakMb.toFixed(0),
    row.missed.join(', ') || 'none',
  ];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
// Neither a size of images nor a store has a part in it.
publishRows({ runs, json: options.json }, rows);
