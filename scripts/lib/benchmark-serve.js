// Measures 32 clients that pull all blobs of a bundle at once, from `bundle serve` and from nginx with the same blobs.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { imagesOf, makeImages } from './benchmark-images.js';
import { printRows, publishRows, readOptions, rowOf } from './benchmark-rows.js';
import { measure, root, say } from './benchmark-tools.js';

const options = readOptions({ nginx: { type: 'string' } });
const { source, nginx, runs, size } = options;
const clients = 32;
const ports = { bundle: 15080, nginx: 15081 };
const work = join(options.work, `serve-${size}`);
const unpacked = join(work, 'unpacked');
const packed = join(work, 'serve.tar');
const bundle = join(root, 'scripts/bundle');
const images = imagesOf(size);

makeImages(source, options.work, size);
rmSync(work, { recursive: true, force: true });
mkdirSync(unpacked, { recursive: true });
const services = images.map((image, index) => `s${index}: { image: "${image}" }`).join(', ');
writeFileSync(join(work, 'compose.yml'), `name: benchmark\nservices: { ${services} }\n`);
measure(
  source,
  `${bundle} export ${work}/compose.yml -o ${packed} --no-runtime --no-cache --no-progress`,
);
execFileSync('tar', ['-C', unpacked, '-xf', packed]);
const blobs = join(unpacked, 'images/blobs/sha256');
const names = readdirSync(blobs);
const total = names.reduce((sum, name) => sum + statSync(join(blobs, name)).size, 0);

const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
  (kind) => `${kind}_temp_path ${work}/nginx-${kind};`,
);
writeFileSync(
  join(work, 'nginx.conf'),
  `daemon off; user root; worker_processes auto; pid ${work}/nginx.pid; error_log ${work}/nginx.log;
events { worker_connections 512; }
http { access_log off; sendfile on; tcp_nopush on; ${paths.join(' ')}
  server { listen 127.0.0.1:${ports.nginx}; root ${blobs}; } }\n`,
);
const libs = ['usr/lib', 'lib'].map((lib) =>
  join(nginx, lib, `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-gnu`),
);
const servers = [
  spawn(
    join(root, 'scripts/node'),
    [join(root, 'packages/cli/bin/bundle.cjs'), 'serve', packed, '--port', String(ports.bundle)],
    { stdio: ['ignore', 'inherit', 'ignore'] },
  ),
  spawn(join(nginx, 'usr/sbin/nginx'), ['-c', join(work, 'nginx.conf'), '-p', work], {
    stdio: 'inherit',
    env: { LD_LIBRARY_PATH: libs.join(':') },
  }),
];
const lists = {
  bundle: names.map(
    (name) => `http://127.0.0.1:${ports.bundle}/v2/benchmark/a/blobs/sha256:${name}`,
  ),
  nginx: names.map((name) => `http://127.0.0.1:${ports.nginx}/${name}`),
};

/** Returns the seconds until all clients have all blobs; each client is one curl with one connection. */
async function pull(which) {
  const config = join(work, `curl-${which}`);
  writeFileSync(config, lists[which].map((url) => `url="${url}"\noutput=/dev/null\n`).join(''));
  const started = performance.now();
  const codes = await Promise.all(
    Array.from({ length: clients }, async () => {
      const [code] = await once(
        spawn('curl', ['-sSf', '-K', config], { stdio: ['ignore', 'ignore', 'inherit'] }),
        'close',
      );
      return code;
    }),
  );
  if (codes.some((code) => code !== 0)) throw new Error(`a client of ${which} failed`);
  return (performance.now() - started) / 1000;
}

const taken = { bundle: [], nginx: [] };
let peakMb = 0;
try {
  await wait(2000);
  for (let run = 0; run < runs; run += 1) {
    const both = run % 2 === 0 ? ['bundle', 'nginx'] : ['nginx', 'bundle'];
    for (const which of both) taken[which].push(await pull(which));
    say(
      `  ${run + 1}: ${taken.bundle.at(-1).toFixed(2)} s against ${taken.nginx.at(-1).toFixed(2)} s`,
    );
  }
  const status = readFileSync(`/proc/${servers[0].pid}/status`, 'utf8');
  peakMb = Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
} finally {
  for (const server of servers) server.kill('SIGTERM');
}
await Promise.all(servers.map((server) => server.exitCode ?? once(server, 'close')));
const row = rowOf({
  what: 'serve: 32 clients',
  against: 'nginx',
  bundle: taken.bundle,
  theirs: taken.nginx,
});
// The throughput has to be at least 0.8 of nginx's: the same bytes in 1/0.8 of its time.
const figures = { ...row, bound: 1.25, throughput: 1 / row.ratio, peakMb };
printRows(
  options,
  [figures],
  `Each client takes ${(total / 1e6).toFixed(0)} MB. Throughput: ${figures.throughput.toFixed(2)} of nginx's (bound 0.8). Peak memory of bundle serve: ${peakMb} MB (bound 250).`,
);
publishRows(options, [figures]);
rmSync(work, { recursive: true });
