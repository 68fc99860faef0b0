// The measurements of scripts/benchmark. Every command is a whole process, started the same way for both sides.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imagesOf, makeImages } from './benchmark-images.js';
import { comparePlans, printRows, publishRows, readOptions } from './benchmark-rows.js';
import { measure, on, root, say, watch } from './benchmark-tools.js';

const options = readOptions();
const { source, target, work, size, only } = options;
const bundle = join(root, 'scripts/bundle');

const images = imagesOf(size);
mkdirSync(work, { recursive: true });
makeImages(source, work, size);
const project = join(work, `project-${size}`);
mkdirSync(project, { recursive: true });
const services = images.map((image, index) => `  s${index}:\n    image: ${image}\n`).join('');
writeFileSync(join(project, 'docker-compose.yml'), `name: benchmark\nservices:\n${services}`);
writeFileSync(
  join(project, 'single.yml'),
  `name: benchmark\nservices:\n  s0:\n    image: ${images[0]}\n`,
);

const names = images.join(' ');
const files = { tar: join(work, 'plain.tar'), single: join(work, 'single.tar') };
const ours = {
  tar: join(work, 'bundle.tar'),
  folder: join(work, 'bundle'),
  single: join(work, 'single-bundle.tar'),
};
const clean = () =>
  on(target, 'sh', '-c', `docker rmi -f ${names} >/dev/null 2>&1; rm -rf ${work}/state; sync`);
const exportTo = (output, file = 'docker-compose.yml') =>
  `${bundle} export ${project}/${file} -o ${output} --force --no-runtime --no-cache --no-progress`;
// A first export: layers are cached, but none is known yet.
const exportFirst = exportTo(join(work, 'export.tar')).replace(
  '--no-cache',
  `--cache ${work}/fresh`,
);
const forget = () => rmSync(join(work, 'fresh'), { recursive: true, force: true });
const exportAgain = exportTo(join(work, 'again.tar')).replace(
  '--no-cache',
  `--cache ${work}/layers`,
);
const importOf = (path) => `${bundle} import ${path} --state-dir ${work}/state --yes --no-progress`;

// Input of both sides, made on first use and outside the measurements.
const made = new Set();
function need(...outputs) {
  for (const output of outputs.filter((one) => !made.has(one))) {
    const file = output === ours.single ? 'single.yml' : 'docker-compose.yml';
    const saved = { [files.tar]: names, [files.single]: images[0] }[output];
    const script =
      saved === undefined ? exportTo(output, file) : `docker save ${saved} -o ${output}`;
    on(source, 'sh', '-c', script);
    made.add(output);
  }
}

const plans = [
  {
    name: 'export',
    bound: 1.1,
    before: forget,
    ours: { engine: source, script: exportFirst },
    theirs: {
      'docker save | zstd -T0 -3': {
        engine: source,
        script: `docker save ${names} | zstd -q -T0 -3 -f -o ${work}/s.zst`,
      },
      // From an archive, because newer engines refuse the API version of Debian 12's skopeo.
      'docker save, skopeo copy': {
        engine: source,
        script: `rm -rf ${work}/oci ${work}/s.tar; docker save ${names} -o ${work}/s.tar && ${images.map((i) => `skopeo --insecure-policy copy -q docker-archive:${work}/s.tar:${i} oci:${work}/oci:${i.replace(/[/:]/g, '-')}`).join(' && ')} && rm -rf ${work}/oci ${work}/s.tar`,
        once: true,
      },
      'docker save | gzip': {
        engine: source,
        script: `docker save ${names} | gzip > ${work}/s.gz`,
        once: true,
      },
    },
  },
  {
    name: 'repeated export, nothing changed',
    bound: 0.1,
    beforeAll: () => measure(source, exportAgain),
    ours: { engine: source, script: exportAgain },
    before: forget,
    theirs: { 'the first export': { engine: source, script: exportFirst } },
  },
  {
    name: 'verify',
    bound: 0.25,
    beforeAll: () => need(ours.folder),
    ours: { engine: source, script: `${bundle} verify ${ours.folder} --no-progress` },
    theirs: {
      'sha256sum -c': {
        engine: source,
        script: `cd ${ours.folder} && sha256sum -c --quiet checksums.sha256`,
      },
    },
  },
  {
    name: 'cold import, two base images',
    bound: 0.7,
    beforeAll: () => need(ours.tar, files.tar),
    before: clean,
    ours: { engine: target, script: importOf(ours.tar) },
    theirs: {
      'docker load': { engine: target, script: `docker load -q -i ${files.tar}` },
    },
  },
  {
    name: 'cold import, one chain',
    bound: 1.05,
    beforeAll: () => need(ours.single, files.single),
    before: clean,
    ours: { engine: target, script: importOf(ours.single) },
    theirs: { 'docker load': { engine: target, script: `docker load -q -i ${files.single}` } },
  },
  {
    name: 'import again',
    bound: 0.1,
    beforeAll: () => {
      need(ours.tar, files.tar);
      clean();
      measure(target, importOf(ours.tar));
    },
    ours: { engine: target, script: importOf(ours.tar) },
    theirs: { 'docker load': { engine: target, script: `docker load -q -i ${files.tar}` } },
  },
];

const rows = comparePlans(plans, options);

const memory = {};
/** Files that a command wrote to, except its bundle, the state folder and the layer cache. */
const strays = [];
if ('memory'.startsWith(only)) {
  say('Measuring memory and temporary disk…');
  need(ours.tar);
  clean();
  forget();
  // The checkout builds the packed executable once; that is not measured.
  on(source, join(root, 'scripts/build-runtime'), 'linux-x64');
  for (const [name, engine, script] of [
    ['export', source, exportFirst.replace('--no-runtime ', '')],
    ['verify', source, `${bundle} verify ${ours.tar} --no-progress`],
    ['import', target, importOf(ours.tar)],
  ]) {
    const own = ['.export.tar.partial-', 'state/', 'fresh/'].map((name) => join(work, name));
    const seen = watch(engine, script, own);
    memory[name] = seen.megabytes;
    strays.push(...seen.strays);
  }
}

if (Object.keys(memory).length === 0) printRows(options, rows);
else {
  const figures = Object.entries(memory).map((entry) => entry.join(' '));
  printRows(
    options,
    rows,
    `Peak memory, MB: ${figures.join(', ')} (bound 250).`,
    `Files written besides bundle, state and cache: ${strays.join(', ') || 'none'}.`,
  );
  rows.push({ what: 'memory', megabytes: memory, strays });
}
publishRows(options, rows);
