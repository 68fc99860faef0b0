// Measures updates: of one small layer, against `docker load` of everything, and of one large layer that changed a
// little, against the whole layer. Their sizes and the time of their imports.
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imagesOf, makeImages } from './benchmark-images.js';
import { comparePlans, printRows, publishRows, readOptions } from './benchmark-rows.js';
import { measure, on, root } from './benchmark-tools.js';
import { planOfDependencies } from './benchmark-update-deps.js';

const options = readOptions();
const { source, target, size } = options;
const work = join(options.work, `update-${size}`);
const bundle = join(root, 'scripts/bundle');
const app = 'benchmark/update:1';
const [a, b] = imagesOf(size);

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
writeFileSync(
  join(work, 'compose.yml'),
  `name: benchmark\nservices: { app: { image: "${app}" }, b: { image: "${b}" } }\n`,
);

/** Builds the application with a different code layer of about 100 kB. */
function build(code) {
  writeFileSync(join(work, 'code'), `${code} `.repeat(50_000));
  writeFileSync(join(work, 'Dockerfile'), `FROM ${a}\nCOPY code /code\n`);
  on(source, 'docker', 'build', '-q', '-t', app, work);
}
const exportTo = (name, ...more) =>
  `${bundle} export ${work}/compose.yml -o ${work}/${name} --force --no-runtime --no-progress --cache ${work}/layers ${more.join(' ')}`;
const importOf = (name) =>
  `${bundle} import ${work}/${name} --state-dir ${work}/state --yes --no-progress`;
const clean = () =>
  on(
    target,
    'sh',
    '-c',
    `docker rmi -f ${app} ${a} ${b} >/dev/null 2>&1; docker image prune -f; rm -rf ${work}/state`,
  );

const carried = { bytes: 0, bound: 0 };
/** Packs a release as a whole, and the next release since the first one. */
function pack(round) {
  build(`base ${process.pid} ${round}`);
  measure(source, exportTo('base.tar', '--release-version 1'));
  build(`update ${process.pid} ${round}`);
  measure(source, `docker save ${app} ${b} -o ${work}/full.tar`);
  measure(source, exportTo('update.tar', '--release-version 2', `--since ${work}/base.tar`));
  const { manifest } = JSON.parse(
    on(source, bundle, 'inspect', join(work, 'update.tar'), '--json'),
  );
  const omitted = new Set(manifest.omitted.map(({ digest }) => digest));
  const changed = manifest.images
    .flatMap((image) => image.layers)
    .filter(({ digest }) => !omitted.has(digest));
  carried.bytes = statSync(join(work, 'update.tar')).size;
  carried.bound = changed.reduce((sum, layer) => sum + layer.size, 65_536);
}

const dependencies = planOfDependencies(options);
const rows = comparePlans(
  [
    dependencies.plan,
    {
      name: 'update of one layer: import',
      bound: 0.05,
      beforeAll: () => makeImages(source, options.work, size),
      beforeRound: pack,
      ours: {
        engine: target,
        script: importOf('update.tar'),
        before: () => {
          clean();
          measure(target, importOf('base.tar'));
        },
      },
      theirs: {
        'docker load of everything': {
          engine: target,
          script: `docker load -q -i ${work}/full.tar`,
          before: clean,
        },
      },
    },
  ],
  options,
);
const { delta, whole, layer } = dependencies.carried;
const notes = [
  ...(carried.bytes === 0
    ? []
    : [`Bytes to carry: ${carried.bytes} (bound ${carried.bound}: the changed layer and 64 KiB).`]),
  ...(delta === 0
    ? []
    : [`A layer of ${layer} bytes: ${delta} bytes to carry as a delta, ${whole} bytes whole.`]),
];
printRows(options, rows, ...notes);
if (carried.bytes > 0) rows.push({ what: 'update of one layer: bytes to carry', ...carried });
if (delta > 0)
  rows.push({ what: 'update of a dependency layer: bytes to carry', delta, whole, layer });
publishRows(options, rows);
dependencies.clean();
rmSync(work, { recursive: true });
