// One application of the corpus: online, exported, on an offline engine, compared.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  comparableConfig,
  comparableReport,
  differences,
  reportDifferences,
} from './corpus-compare.js';
import { bundle, root, run } from './corpus-engine.js';

export const corpus = join(root, 'fixtures/corpus');
export const names = () =>
  readdirSync(corpus)
    .filter((name) => existsSync(join(corpus, name, 'corpus.json')))
    .sort();

/** Time in which the services of one application become healthy or end, in milliseconds. */
const patience = 60_000;

/** What fixtures/corpus/NAME/corpus.json declares (fixtures/corpus/README.md of the folder explains each). */
export function declared(name) {
  return JSON.parse(readFileSync(join(corpus, name, 'corpus.json'), 'utf8'));
}

/** A copy of the project in the work folder, where it can be run and built. */
async function copyProject(name, { folders = [], prepare }, work) {
  const project = join(work, name, name);
  rmSync(join(work, name), { recursive: true, force: true });
  mkdirSync(join(work, name), { recursive: true });
  cpSync(join(corpus, name), project, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('/corpus.json'),
  });
  for (const folder of folders) mkdirSync(join(project, folder), { recursive: true });
  if (prepare !== undefined) {
    const { code, stderr } = await run(['sh', '-euc', prepare], { cwd: project });
    if (code !== 0) throw new Error(`prepare: ${stderr}`);
  }
  return project;
}

/** The containers of a Compose project, by service and number, with what they said; waits until none is still starting. */
async function observe(engine, product) {
  const end = Date.now() + patience;
  const list = ['docker', 'ps', '-aq', '--filter', `label=com.docker.compose.project=${product}`];
  for (;;) {
    const ids = (await engine.must(list)).split('\n').filter((id) => id !== '');
    const text = ids.length === 0 ? '[]' : await engine.must(['docker', 'inspect', ...ids]);
    const containers = JSON.parse(text);
    const pending = containers.filter(
      ({ State }) => State.Health?.Status === 'starting' || State.Status === 'created',
    );
    const waiting = pending.some(({ State }) => State.Running || State.Status === 'created');
    if (!waiting || Date.now() > end) return reports(engine, containers);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

async function reports(engine, containers) {
  const found = {};
  for (const { Id, Config, State } of containers) {
    const labels = Config.Labels;
    const service = labels['com.docker.compose.service'];
    const name = `${service}-${labels['com.docker.compose.container-number']}`;
    const { stdout, stderr } = await engine.on(['docker', 'logs', Id]);
    const state = State.Running
      ? (State.Health?.Status ?? 'running')
      : `${State.Status} ${State.ExitCode}`;
    found[name] = { service, state, ...comparableReport(`${stdout}\n${stderr}`), labels };
  }
  return found;
}

/** What is wrong with containers on their own: what they miss, and what is not healthy. */
function faultsOf(found, { silent = [] }) {
  return Object.entries(found).flatMap(([name, { state, misses, whole, service }]) => [
    ...misses.map((line) => `${name} ${line}`),
    ...(['healthy', 'running', 'exited 0'].includes(state) ? [] : [`${name} is ${state}`]),
    ...(whole || silent.includes(service) ? [] : [`${name} did not report`]),
  ]);
}

/** Runs the project as its user does: the reports, the resolved configuration and what the export is given. */
export async function runOnline(connected, name, work) {
  const expectation = declared(name);
  const project = await copyProject(name, expectation, work);
  const { files = [], profiles = [], shell = {}, folder = '.' } = expectation;
  const cwd = join(project, folder);
  const options = { cwd, env: shell };
  const flags = [
    ...files.flatMap((file) => ['-f', file]),
    ...profiles.flatMap((profile) => ['--profile', profile]),
  ];
  const compose = ['docker', 'compose', ...flags];
  await makeImages(connected, name, compose, options, expectation);
  if (expectation.online === false) return { expectation, project, cwd };
  const config = await connected.must([...compose, 'config', '--format', 'json'], options);
  const product = JSON.parse(config).name;
  await connected.must([...compose, 'up', '-d', '--quiet-pull'], options);
  const found = await observe(connected, product);
  await connected.must([...compose, 'down', '-v', '-t', '0', '--remove-orphans'], options);
  const faults = faultsOf(found, expectation);
  if (Object.keys(found).length === 0) faults.push('no container');
  if (faults.length > 0)
    throw new Error(`the fixture itself does not run online: ${faults.join('; ')}`);
  return { expectation, project, cwd, config, found };
}

/** All image names of the project, and NAME/base:1 for its builds, become names of one image that no other project has. */
async function makeImages(connected, name, compose, options, { images }) {
  const all = [...compose, '--profile', '*', 'config', '--no-consistency', '--format', 'json'];
  const config = JSON.parse(await connected.must(all, options));
  const services = Object.values(config.services ?? {});
  const pulled =
    images ??
    services.filter(({ build, image }) => build === undefined && image).map(({ image }) => image);
  const tags = [`${name}/base:1`, ...new Set(pulled)].flatMap((image) => ['-t', image]);
  const empty = join(root, 'fixtures/corpus-check/empty');
  await connected.must(['docker', 'build', '-q', '--label', `corpus=${name}`, ...tags, empty]);
  if (services.some(({ build }) => build !== undefined))
    await connected.must([...compose, 'build', '-q'], options);
}

/** Packs the project; `refused` with the code's name, or the path of the bundle. */
export async function pack(connected, { expectation, cwd }, work, name) {
  const { files = [], profiles = [], shell = {}, exportOptions = [], afterExport } = expectation;
  const output = join(work, name, 'bundle.tar');
  const where = files.length > 0 ? files.flatMap((file) => ['-f', file]) : ['.'];
  const flags = [...profiles.flatMap((profile) => ['--profile', profile]), ...exportOptions];
  const fixed = [
    '-o',
    output,
    '--force',
    '--no-runtime',
    '--pull',
    'never',
    '--json',
    '--no-progress',
  ];
  const command = [bundle, 'export', ...where, ...flags, ...fixed];
  const packed = outcome(await connected.on(command, { cwd, env: shell }));
  if (afterExport !== undefined) await run(['sh', '-euc', afterExport], { cwd });
  const product =
    packed.refused === undefined ? JSON.parse(packed.words).manifest.product : undefined;
  return { output, product, ...packed };
}

function outcome({ code, stdout, stderr }) {
  if (code === 0) return { refused: undefined, words: stdout };
  let error;
  try {
    error = JSON.parse(stdout)?.error;
  } catch {
    error = undefined;
  }
  const words = error === undefined ? `${stderr}${stdout}` : JSON.stringify(error);
  return { refused: error?.code ?? `exit code ${code}`, words };
}

/** What a start may end with before it has changed anything. */
const beforehand = [
  'preflight-failed',
  'settings-missing',
  'input-unreadable',
  'config-check-failed',
];

/**
 * Imports and starts the bundle on one offline engine, compares, and removes it again. First as somebody does who knows nothing of
 * the application; when that is refused, with the declared answers, and with the declared files brought along.
 */
export async function carryTo(engine, online, packed, work, name) {
  const { expectation } = online;
  const state = join(work, name, `state-${engine.name}`);
  const flags = ['--state-dir', state, '--json', '--no-progress', '--yes'];
  const start = ['--settle', '0', '--timeout', '60', '--allow', 'all'];
  const { given = {}, answers = {}, bring = [], bringSecrets = [], refused, code } = expectation;
  const command = async (...words) => outcome(await engine.on([bundle, ...words.flat(), ...flags]));
  const importUp = (...more) =>
    command('import', packed.output, '--up', start, settings(given), ...more);
  try {
    const bare = await importUp();
    if (bare.refused === undefined)
      return { outcome: 'Runs', faults: await compare(engine, online, packed) };
    if (refused === 'preflight')
      return { outcome: bare.refused, words: bare.words, faults: wrongRefusal(bare, code) };
    const brought = bring.length + bringSecrets.length;
    if (Object.keys(answers).length + brought === 0 || !beforehand.includes(bare.refused)) {
      return { outcome: bare.refused, faults: [bare.words] };
    }
    const helped = brought === 0 ? await importUp(settings(answers)) : await bringAlong();
    if (helped.refused !== undefined)
      return { outcome: helped.refused, faults: [`when helped: ${helped.words}`] };
    return {
      outcome: `Runs after ${bare.refused}`,
      words: bare.words,
      faults: await compare(engine, online, packed),
    };
  } finally {
    await command('uninstall', '--volumes');
    await removeRest(engine, packed.product ?? name);
  }

  async function bringAlong() {
    const imported = await command('import', packed.output);
    if (imported.refused !== undefined) return imported;
    const product = join(state, packed.product);
    const copy = (path, place) =>
      cpSync(join(online.cwd, path), join(product, place, path), { recursive: true });
    for (const path of bring) copy(path, 'mounts');
    for (const path of bringSecrets) copy(path, 'current');
    return command('up', start, settings(answers));
  }
}

const settings = (values) =>
  Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]);

function wrongRefusal({ refused, words }, code) {
  const right = code === undefined ? beforehand.includes(refused) : refused === code;
  return right
    ? []
    : [`refused with ${refused} instead of ${code ?? 'a check beforehand'}: ${words}`];
}

/** What an uninstall has left would be in the way of the next run. */
async function removeRest(engine, product) {
  const list = ['docker', 'ps', '-aq', '--filter', `label=com.docker.compose.project=${product}`];
  const ids = (await engine.must(list)).split('\n').filter((id) => id !== '');
  if (ids.length > 0) await engine.on(['docker', 'rm', '-fv', ...ids]);
}

/** What differs from online, once the release says that it runs. */
async function compare(engine, online, packed) {
  const { product } = packed;
  const found = await observe(engine, product);
  const faults = faultsOf(found, online.expectation);
  const { ignore = [] } = online.expectation;
  const kept = (line) => !ignore.some((pattern) => new RegExp(pattern).test(line));
  const containers = new Set([...Object.keys(online.found), ...Object.keys(found)]);
  for (const name of containers) {
    const [here, there] = [online.found[name], found[name]];
    if (here === undefined || there === undefined)
      faults.push(`${name} is only ${here ? 'online' : 'offline'}`);
    else
      faults.push(
        ...reportDifferences(here.lines, there.lines)
          .filter(kept)
          .map((line) => `${name} ${line}`),
      );
  }
  const [any] = Object.values(found);
  if (any === undefined) return ['no container'];
  const folder = any.labels['com.docker.compose.project.working_dir'];
  const files = any.labels['com.docker.compose.project.config_files']
    .split(',')
    .filter((file) => !file.endsWith('compose.pinned.yml'));
  const profiles = (online.expectation.profiles ?? []).flatMap((profile) => ['--profile', profile]);
  const flags = [
    '-p',
    product,
    '--project-directory',
    folder,
    ...files.flatMap((file) => ['-f', file]),
    ...profiles,
  ];
  const config = await engine.on(['docker', 'compose', ...flags, 'config', '--format', 'json'], {
    cwd: folder,
  });
  if (config.code !== 0) return [...faults, `config: ${config.stderr}`];
  const here = comparableConfig(online.config, online.cwd, online.project);
  const there = comparableConfig(config.stdout, folder);
  faults.push(
    ...differences(here, there)
      .map((line) => `config ${line}`)
      .filter(kept),
  );
  return faults;
}

export const clean = (work, name) =>
  existsSync(join(work, name)) && rmSync(join(work, name), { recursive: true, force: true });
