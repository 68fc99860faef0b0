// Measures deployments to many hosts by ssh, and checks that a failure leaves no host in between. Run by scripts/fleet.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildBusybox,
  bundleCommand,
  docker,
  onEngine,
  outputOf,
  startSshHosts,
} from '../../packages/testkit/dist/index.js';

const [work, hostCount, layerKb] = process.argv.slice(2);
const names = Array.from({ length: Number(hostCount) }, (_, index) => `fleet-${index + 1}`);
const product = 'fleet';
const baseBytes = 20_000_000;
const bound = 1.1;
const failures = [];

/** Packs a release that differs in one layer. It is healthy where the setting CHECK is not its version. */
async function pack(version) {
  const project = join(work, version);
  mkdirSync(project);
  writeFileSync(join(project, 'layer'), randomBytes(Number(layerKb) * 1000));
  writeFileSync(join(project, 'Dockerfile'), `FROM ${product}/base:1\nCOPY layer /layer\n`);
  const image = `${product}/web:${version}`;
  await docker('connected', 'build', '-q', '-t', image, project);
  const test = ['CMD', 'sh', '-c', `test "$$CHECK" != ${version}`];
  const healthcheck = {
    test,
    interval: '1s',
    retries: 2,
    start_period: '3s',
    start_interval: '200ms',
  };
  const environment = { CHECK: '$CHECK' };
  const services = { web: { image, stop_signal: 'SIGKILL', environment, healthcheck } };
  writeFileSync(join(project, 'compose.yml'), JSON.stringify({ services }));
  const output = join(work, `${version}.tar`);
  const flags = ['--product', product, '--release-version', version, '--pull', 'never'];
  const without = ['--no-rebuild', '--no-runtime', '--no-progress'];
  const words = [...bundleCommand, 'export', project, '-o', output, ...flags, ...without];
  const { code, stderr } = await onEngine('connected', words);
  if (code !== 0) throw new Error(stderr);
}

/** Writes the file of hosts; the third release does not become healthy on `failing`. */
function writeHosts(failing) {
  const entries = names.map((name) => {
    const settings = { CHECK: name === failing ? '3.0' : 'none' };
    return [name, { command: bundleCommand[0], settings }];
  });
  writeFileSync(join(work, 'hosts.yaml'), JSON.stringify({ hosts: Object.fromEntries(entries) }));
}

const fleetWords = (version) => [
  ...[...bundleCommand.slice(1), 'deploy', join(work, `${version}.tar`)],
  ...['--hosts', join(work, 'hosts.yaml'), '--state-dir', join(work, 'own')],
  ...['--yes', '--json', '--settle', '1'],
];

function start(fleet, version) {
  const env = { ...process.env, ...fleet.env };
  return spawn(bundleCommand[0], fleetWords(version), { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function deploy(fleet, version) {
  const before = fleet.hosts.map((host) => host.bytes());
  const began = performance.now();
  const { code, stdout, stderr } = await outputOf(start(fleet, version));
  const seconds = (performance.now() - began) / 1000;
  const over = fleet.hosts.map((host, index) => host.bytes() - before[index]);
  let report;
  try {
    report = JSON.parse(stdout);
  } catch {
    throw new Error(stderr);
  }
  if (report.hosts === undefined) throw new Error(`${version}: ${stdout}${stderr}`);
  return { code, report, over, seconds };
}

/** Returns what runs on each host: its image, its health, and what its own journal says. */
async function running(fleet) {
  const filter = `label=com.docker.compose.project=${product}`;
  const format = '{{.Image}} {{.Status}}';
  const containers = await Promise.all(
    names.map((name) => docker(name, 'ps', '--filter', filter, '--format', format)),
  );
  const words = ['deploy', '--hosts', join(work, 'hosts.yaml'), '--status', '--json'];
  const env = { ...process.env, ...fleet.env };
  const { stdout } = await outputOf(spawn(bundleCommand[0], words, { env }));
  return JSON.parse(stdout).hosts.map(({ instances: [one] }, index) => {
    const text = containers[index].replace(/-[0-9a-f]{12} Up .*\((.*)\)$/, ' $1');
    return `${text}, ${one?.version ?? 'none'} ${one?.interrupted === undefined ? one?.state : 'interrupted'}`;
  });
}

/** Counts the hosts that do not run a release, healthy and as their journals have it. */
async function inBetween(fleet, version) {
  const wanted = `${product}/web:${version} healthy, ${version} running`;
  const others = (await running(fleet)).filter((one) => one !== wanted);
  if (others.length > 0) failures.push(`in between: ${others.join('; ')}`);
  return others.length;
}

/** Prints rows, the head first. */
function table(rows) {
  const all = rows.map((row) => row.map(String));
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  for (const row of all) {
    const cells = row.map((text, column) => text.padEnd(widths[column]));
    process.stdout.write(`${cells.join('  ').trimEnd()}\n`);
  }
}

function bytesTable(what, { report, over, seconds }) {
  process.stdout.write(`\n${what}: ${seconds.toFixed(1)} s\n`);
  const rows = report.hosts.map(({ host, lackingBytes }, index) => {
    const ratio = over[index] / lackingBytes;
    if (ratio > bound) failures.push(`${what}, ${host}: ${ratio.toFixed(3)}`);
    return [host, lackingBytes, over[index], ratio.toFixed(3)];
  });
  const sum = (column) => rows.reduce((total, row) => total + row[column], 0);
  const [lacked, sent] = [sum(1), sum(2)];
  const head = ['HOST', 'LACKED, B', 'OVER THE NETWORK, B', 'RATIO'];
  table([head, ...rows, ['all', lacked, sent, (sent / lacked).toFixed(3)]]);
}

function expectCode(found, wanted, what, report) {
  if (found !== wanted) failures.push(`${what}: exit code ${found}: ${JSON.stringify(report)}`);
}

const files = { filler: randomBytes(baseBytes).toString('latin1') };
const command = ['sleep', '1000000'];
await buildBusybox('connected', { reference: `${product}/base:1`, files, command });
for (const version of ['1.0', '2.0', '3.0', '4.0']) await pack(version);
const fleet = await startSshHosts(
  join(work, 'ssh'),
  names.map((name) => ({ name, engine: name })),
);
try {
  writeHosts();
  for (const [version, what] of [
    ['1.0', 'First release'],
    ['2.0', 'Update of one layer'],
  ]) {
    const done = await deploy(fleet, version);
    expectCode(done.code, 0, what, done.report);
    bytesTable(what, done);
    await inBetween(fleet, version);
  }
  const head = ['CASE', 'EXIT CODE', 'DEPLOYED', 'FAILED', 'ROLLED BACK', 'NOT TOUCHED'];
  const cases = [[...head, 'IN BETWEEN', 'SECONDS']];
  const note = async (what, { report, code, seconds }, wanted, version) => {
    expectCode(code, wanted, what, report);
    const of = (outcome) => report.hosts.filter((host) => host.outcome === outcome).length;
    const counts = ['deployed', 'failed', 'returned', 'untouched'].map(of);
    cases.push([what, code, ...counts, await inBetween(fleet, version), seconds.toFixed(1)]);
  };
  for (const failing of [names[0], names.at(-1)]) {
    writeHosts(failing);
    await note(`${failing} is not healthy`, await deploy(fleet, '3.0'), 162, '2.0');
  }
  writeHosts();
  const killed = start(fleet, '4.0');
  const ended = outputOf(killed);
  // The canary is done, others are being changed.
  const third = fleet.hosts[2] ?? fleet.hosts[1];
  const until = third.bytes() + Number(layerKb) * 500;
  await new Promise((resolve) => {
    third.onBytes = (bytes) => bytes < until || resolve();
  });
  killed.kill('SIGKILL');
  await ended;
  await note('killed in the middle, then again', await deploy(fleet, '4.0'), 0, '4.0');
  process.stdout.write('\n');
  table(cases);
} finally {
  await fleet.stop();
}
if (failures.length > 0) {
  process.stderr.write(`\nFailed:\n${failures.map((one) => `  ${one}\n`).join('')}`);
  process.exitCode = 1;
}
