// Upgrades one service behind nginx, with a request every 50 ms: `bundle up` against `docker compose up -d` by hand, in
// one folder and with the tag moved to the new image; and `bundle up` of a start-first service.
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { printRows, publishRows, readOptions, rowOf } from './benchmark-rows.js';
import { on, root, say } from './benchmark-tools.js';

// The images are those of the fixture, whatever size was given.
const options = { ...readOptions(), size: undefined };
const { source, target, work, runs } = options;
const bundle = join(root, 'scripts/bundle');
const project = join(work, 'llm-chat');
const state = join(work, 'upgrade-state');
const hand = join(work, 'upgrade-by-hand');
const ports = { ours: 8080, hand: 8081, twice: 8082 };

for (const folder of [project, state, hand]) rmSync(folder, { recursive: true, force: true });
cpSync(join(root, 'fixtures/llm-chat'), project, { recursive: true });
const twice = 'llm-chat-twice';
const run = (...args) =>
  on(target, bundle, ...args, '--state-dir', state, '--yes', '--no-progress');
for (const version of ['1', '2']) {
  appendFileSync(join(project, 'backend/app.py'), `# ${process.pid} ${version}\n`);
  on(source, 'sh', '-c', `cd ${project} && docker compose build -q backend`);
  const packed = join(work, `llm-chat-${version}.tar`);
  const flags = ['--release-version', version, '--force', '--no-rebuild', '--no-runtime'];
  on(source, bundle, 'export', project, '-o', packed, ...flags, '--no-progress');
  if (version === '1') run('import', packed, '--up', '--set', `HTTP_PORT=${ports.ours}`);
  else run('import', packed);
  packTwice(version);
}

/** Makes the same with a start-first backend, and with names that nginx resolves when it reads its configuration. */
function packTwice(version) {
  const folder = join(work, twice);
  rmSync(folder, { recursive: true, force: true });
  cpSync(project, folder, { recursive: true });
  const change = (path, from, to) => {
    const text = readFileSync(join(folder, path), 'utf8');
    if (!text.includes(from)) throw new Error(`no ${from} in ${path}`);
    writeFileSync(join(folder, path), text.replace(from, to));
  };
  const first = '    deploy: {update_config: {order: start-first}}\n';
  change('docker-compose.yml', '    build: ./backend\n', `    build: ./backend\n${first}`);
  change('nginx/default.conf', 'proxy_pass $backend;', 'proxy_pass http://backend:8000;');
  const packed = join(work, `${twice}-${version}.tar`);
  const flags = ['--release-version', version, '--force', '--no-rebuild', '--no-runtime'];
  on(source, bundle, 'export', folder, '-o', packed, ...flags, '--no-progress');
  const name = ['--name', twice];
  if (version === '1') run('import', packed, ...name, '--up', '--set', `HTTP_PORT=${ports.twice}`);
  else run('import', packed, ...name);
}
const releases = join(state, 'llm-chat/releases');
const folderOf = (version) =>
  join(
    releases,
    readdirSync(releases).find((name) => name.startsWith(`${version}-`)),
  );
cpSync(folderOf('1'), hand, { recursive: true });
rmSync(join(hand, 'compose.pinned.yml'));

/** Images of a release under the names that `bundle up` gave them; they are tagged with the plain name. */
const pinned = execFileSync(join(root, 'scripts/engines'), [
  ...[
    'exec',
    target,
    'docker',
    'ps',
    '--filter',
    'name=llm-chat-backend',
    '--format',
    '{{.Image}}',
  ],
])
  .toString()
  .trim();
const newest = 'llm-chat-backend:1.0.0';
on(target, 'docker', 'tag', newest, 'llm-chat-backend:upgrade-2');
on(target, 'docker', 'tag', pinned, 'llm-chat-backend:upgrade-1');
const byHand = (version) =>
  on(
    target,
    'sh',
    '-c',
    `docker tag llm-chat-backend:upgrade-${version} ${newest} && cd ${hand} && HTTP_PORT=${ports.hand} docker compose -p by-hand -f docker-compose.yml -f compose.offline.yml up -d --pull never --no-build --quiet-pull`,
  );

async function outage(port, work) {
  const url = `http://127.0.0.1:${port}/api/health`;
  const node = join(root, 'scripts/node');
  const poll = spawn(join(root, 'scripts/engines'), [
    'exec',
    target,
    node,
    join(root, 'scripts/lib/poll-page.js'),
    url,
  ]);
  let text = '';
  poll.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise((resolve) => poll.on('close', resolve));
  await sleep(1500);
  await work();
  await sleep(1500);
  poll.kill('SIGTERM');
  await ended;
  return JSON.parse(text);
}

// Each runs in its own process, so that the requests continue.
const aside = (command) =>
  new Promise((resolve, reject) => {
    const child = spawn(join(root, 'scripts/engines'), ['exec', target, 'sh', '-c', command], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(command))));
  });

byHand('1');
const taken = { bundle: [], first: [], theirs: [] };
for (let round = 0; round < runs; round += 1) {
  const ours = await outage(ports.ours, () =>
    aside(`${bundle} up 2 --name llm-chat --state-dir ${state} --yes --no-progress 2>/dev/null`),
  );
  run('rollback', '--name', 'llm-chat');
  const first = await outage(ports.twice, () =>
    aside(`${bundle} up 2 --name ${twice} --state-dir ${state} --yes --no-progress 2>/dev/null`),
  );
  run('rollback', '--name', twice);
  const theirs = await outage(ports.hand, () =>
    aside(
      `docker tag llm-chat-backend:upgrade-2 ${newest} && cd ${hand} && HTTP_PORT=${ports.hand} docker compose --progress quiet -p by-hand -f docker-compose.yml -f compose.offline.yml up -d --pull never --no-build`,
    ),
  );
  byHand('1');
  await sleep(2000);
  taken.bundle.push(ours.seconds);
  taken.first.push(first.seconds);
  taken.theirs.push(theirs.seconds);
  say(`round ${round + 1}: ${JSON.stringify({ ours, first, theirs })}`);
}
on(target, 'sh', '-c', 'cd / && docker compose -p by-hand down -v');
for (const name of ['llm-chat', twice]) run('uninstall', '--volumes', '--name', name);
const against = 'docker compose up -d by hand';
const rows = [
  { what: 'upgrade: bundle up', against, bundle: taken.bundle, theirs: taken.theirs },
  { what: 'upgrade: bundle up, start-first', against, bundle: taken.first, theirs: taken.theirs },
].map(rowOf);
printRows(
  options,
  rows,
  'Seconds of failed requests; 2 at most with bundle up, none with start-first.',
);
publishRows(options, rows);
