// The applications of fixtures/corpus, online and offline: one row each, and a summary.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { engineOf, root } from './corpus-engine.js';
import { carryTo, clean, declared, names, pack, runOnline } from './corpus-project.js';

/** What failed once: taken with every sample. */
const always = [
  'absolute-folder-variable',
  'dotenv-project-name',
  'nginx-sidecar',
  'nginx-templates',
  'profiles-depends-optional',
];
const stores = { 'graph-driver': 'offline-28', containerd: 'offline-28-containerd' };

const { values } = parseArgs({
  options: {
    work: { type: 'string' },
    store: { type: 'string', default: 'both' },
    only: { type: 'string', multiple: true },
    sample: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    jobs: { type: 'string', default: '3' },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const say = (text) => process.stdout.write(`${text}\n`);
const chosen = values.store === 'both' ? Object.keys(stores) : [values.store];
const sample = Number(values.sample);
const offset = Number(values.seed) % sample;
const wanted = names().filter((name, index) =>
  values.only
    ? values.only.some((start) => name.startsWith(start))
    : index % sample === offset || always.includes(name),
);
if (sample > 1) say(`Every ${sample}th, seed ${values.seed}`);
if (wanted.length === 0) throw new Error('no application has such a name');

const connected = await engineOf('connected');
const targets = await Promise.all(chosen.map((store) => engineOf(stores[store])));
mkdirSync(values.work, { recursive: true });
const work = mkdtempSync(join(values.work, 'run-'));
await makeChecker();

async function makeChecker() {
  const context = join(work, '.checker');
  mkdirSync(context);
  const busybox = (await connected.must(['which', 'busybox'])).trim();
  copyFileSync(busybox, join(context, 'busybox'));
  for (const file of ['Dockerfile', 'check'])
    copyFileSync(join(root, 'fixtures/corpus-check', file), join(context, file));
  await connected.must(['docker', 'build', '-q', '-t', 'corpus/check:1', context]);
  // Its layers stay on the offline engines: what one application's removal takes away is not what another's import relies on.
  const archive = join(context, 'check.tar');
  await connected.must(['docker', 'tag', 'corpus/check:1', 'corpus/kept:1']);
  await connected.must(['docker', 'save', '-o', archive, 'corpus/kept:1']);
  await Promise.all(targets.map((engine) => engine.must(['docker', 'load', '-q', '-i', archive])));
}

/** Both stores of one application: rows of {name, store, outcome, faults}. */
async function outcomesOf(name) {
  const started = Date.now();
  const row = (store, outcome, faults = []) => ({
    name,
    store,
    outcome,
    faults,
    known: declared(name).knownFault,
    seconds: (Date.now() - started) / 1000,
  });
  try {
    const online = await runOnline(connected, name, work);
    const packed = await pack(connected, online, work, name);
    const { refused, code } = online.expectation;
    if (packed.refused !== undefined) {
      const right = refused === 'export' && (code === undefined || code === packed.refused);
      return chosen.map((store) =>
        row(store, `export: ${packed.refused}`, right ? [] : [packed.words]),
      );
    }
    if (refused === 'export')
      return chosen.map((store) => row(store, 'exported', ['was not refused at the export']));
    const carried = await Promise.all(
      targets.map((engine) => carryTo(engine, online, packed, work, name)),
    );
    return carried.map(({ outcome, faults }, index) => {
      const late =
        refused === 'preflight' && outcome.startsWith('Runs') ? ['was not refused beforehand'] : [];
      return row(chosen[index], outcome, [...late, ...faults]);
    });
  } catch (error) {
    return chosen.map((store) => row(store, 'broken', [error.message]));
  } finally {
    if (!values.keep) clean(work, name);
  }
}

const rows = [];
const queue = [...wanted];
const started = Date.now();
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const found = await outcomesOf(name);
      rows.push(...found);
      for (const { store, outcome, faults, seconds } of found) {
        say(
          `${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(34)} ${store.padEnd(12)} ${outcome} (${seconds.toFixed(1)} s)`,
        );
        for (const fault of faults)
          say(`       ${fault.trim().replaceAll('\n', '\n       ').slice(0, 1500)}`);
      }
    }
  }),
);
rows.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
if (!values.keep) rmSync(work, { recursive: true, force: true });
const faulty = rows.filter(({ faults }) => faults.length > 0);
const failed = faulty.filter(({ known }) => known === undefined);
for (const { name, store, known } of faulty)
  if (known !== undefined) say(`known  ${name} (${store}): ${known}`);
const silent = faulty.filter(({ outcome }) => outcome.startsWith('Runs'));
say('');
for (const store of chosen) {
  const own = rows.filter((row) => row.store === store);
  const good = own.filter(({ faults }) => faults.length === 0);
  say(`${store}: ${good.length} of ${own.length} as online, or refused beforehand`);
}
say(
  `"Runs" with something missing or different: ${silent.length}. ${((Date.now() - started) / 1000).toFixed(0)} s`,
);
if (failed.length > 0) process.exitCode = 1;
