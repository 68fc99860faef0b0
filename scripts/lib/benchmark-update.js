// An update of one small layer: what it carries, how long it takes to import against `docker load` of
// everything.
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imagesOf, makeImages } from './benchmark-images.js';
import { cell, measure, median, on, root, say } from './benchmark-tools.js';

const { values } = parseArgs({
  options: {
    source: { type: 'string' },
    target: { type: 'string' },
    work: { type: 'string' },
    runs: { type: 'string', default: '3' },
    size: { type: 'string', default: '1000' },
    store: { type: 'string', default: 'graph-driver' },
  },
});
const { source, target, store } = values;
const size = Number(values.size);
const work = join(values.work, `update-${size}`);
const bundle = join(root, 'scripts/bundle');
const app = 'benchmark/update:1';
const [a, b] = imagesOf(size);

makeImages(source, values.work, size);
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
writeFileSync(
  join(work, 'compose.yml'),
  `name: benchmark\nservices: { app: { image: "${app}" }, b: { image: "${b}" } }\n`,
);

/** The application with another code layer of about 100 kB. */
function build(code) {
  writeFileSync(join(work, 'code'), `${code} `.repeat(50_000));
  writeFileSync(join(work, 'Dockerfile'), `FROM ${a}\nCOPY code /code\n`);
  on(source, 'docker', 'build', '-q', '-t', app, work);
}
const exportTo = (name, ...more) =>
  `${bundle} export ${work}/compose.yml -o ${work}/${name} --force --no-runtime --no-progress ${more.join(' ')}`;
const importOf = (name) =>
  `${bundle} import ${work}/${name} --state-dir ${work}/state --yes --no-progress`;
const clean = () =>
  on(
    target,
    'sh',
    '-c',
    `docker rmi -f ${app} ${a} ${b} >/dev/null 2>&1; docker image prune -f; rm -rf ${work}/state; sync`,
  );

const taken = { update: [], load: [] };
let carried = 0;
let layers = 0;
for (let run = 0; run < Number(values.runs); run += 1) {
  build(`base ${process.pid} ${run}`);
  measure(source, `${exportTo('base.tar')} --release-version 1`);
  build(`update ${process.pid} ${run}`);
  measure(source, `docker save ${app} ${b} -o ${work}/full.tar`);
  measure(source, exportTo('update.tar', '--release-version 2', `--since ${work}/base.tar`));
  carried = statSync(join(work, 'update.tar')).size;
  const { manifest } = JSON.parse(
    on(source, bundle, 'inspect', join(work, 'update.tar'), '--json'),
  );
  const omitted = new Set(manifest.omitted.map(({ digest }) => digest));
  layers = manifest.images
    .flatMap((image) => image.layers)
    .filter(({ digest }) => !omitted.has(digest))
    .reduce((sum, layer) => sum + layer.size, 0);
  clean();
  measure(target, importOf('base.tar'));
  taken.update.push(measure(target, importOf('update.tar')).seconds);
  clean();
  taken.load.push(measure(target, `docker load -q -i ${work}/full.tar`).seconds);
  say(
    `  ${run + 1}: ${taken.update.at(-1).toFixed(2)} s against ${taken.load.at(-1).toFixed(2)} s`,
  );
}
const ratio = median(taken.update) / median(taken.load);
process.stdout.write(`
${size} MB of images, ${store}, one changed layer

| what | bundle | against | ratio | bound |
|---|---|---|---|---|
| bytes to carry | ${carried} | the changed layer, ${layers}, and 65536 | | ${carried <= layers + 65536 ? 'met' : 'missed'} |
| import of the update, s | ${cell(taken.update)} | \`docker load\` of everything: ${cell(taken.load)} | ${ratio.toFixed(3)} | 0.05 |
`);
