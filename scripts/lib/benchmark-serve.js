// 32 clients that pull all blobs of the fixture's bundle at once: from `bundle serve`, and from nginx over the same blobs.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cell, median, on, root, say } from './benchmark-tools.js';

const { values } = parseArgs({
  options: {
    source: { type: 'string' },
    target: { type: 'string' },
    work: { type: 'string' },
    nginx: { type: 'string' },
    runs: { type: 'string', default: '3' },
    store: { type: 'string' },
  },
});
const { source, work, nginx } = values;
const clients = 32;
const ports = { bundle: 15080, nginx: 15081 };
const unpacked = join(work, 'serve-unpacked');
const packed = join(work, 'serve.tar');
const bundle = join(root, 'scripts/bundle');

rmSync(unpacked, { recursive: true, force: true });
mkdirSync(unpacked, { recursive: true });
on(
  source,
  bundle,
  'export',
  join(root, 'fixtures/llm-chat'),
  '-o',
  packed,
  '--force',
  '--no-progress',
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
    (name) => `http://127.0.0.1:${ports.bundle}/v2/llm-chat-backend/blobs/sha256:${name}`,
  ),
  nginx: names.map((name) => `http://127.0.0.1:${ports.nginx}/${name}`),
};

/** Seconds until all clients have all blobs; each is one curl with one connection. */
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
let peak = 0;
try {
  await wait(2000);
  for (let run = 0; run < Number(values.runs); run += 1) {
    for (const which of ['bundle', 'nginx']) taken[which].push(await pull(which));
  }
  const status = readFileSync(`/proc/${servers[0].pid}/status`, 'utf8');
  peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
} finally {
  for (const server of servers) server.kill('SIGTERM');
}
await Promise.all(servers.map((server) => server.exitCode ?? once(server, 'close')));
const ratio = median(taken.nginx) / median(taken.bundle);
say('');
process.stdout.write(`
| ${clients} clients, ${(total / 1e6).toFixed(0)} MB each | bundle serve, s | nginx, s | throughput, of nginx's | bound | peak memory, MB | bound |
|---|---|---|---|---|---|---|
| curl, to /dev/null | ${cell(taken.bundle)} | ${cell(taken.nginx)} | ${ratio.toFixed(2)} | 0.8 | ${peak.toFixed(0)} | 250 |
`);
