// Compares a bundle in ten parts with the single file: export, verify and import, and the files that they write.
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imagesOf, makeImages } from './benchmark-images.js';
import { comparePlans, printRows, publishRows, readOptions } from './benchmark-rows.js';
import { measure, on, root, say, watch } from './benchmark-tools.js';

const options = readOptions();
const { source, target, size } = options;
const work = join(options.work, `parts-${size}`);
const bundle = join(root, 'scripts/bundle');
const images = imagesOf(size);

makeImages(source, options.work, size);
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const services = images.map((image, index) => `s${index}: { image: "${image}" }`).join(', ');
writeFileSync(join(work, 'compose.yml'), `name: benchmark\nservices: { ${services} }\n`);
const exportTo = (name, ...more) =>
  `${bundle} export ${work}/compose.yml -o ${work}/${name} --force --no-runtime --no-cache --no-progress ${more.join(' ')}`;
const clean = () =>
  on(target, 'sh', '-c', `docker rmi -f ${images.join(' ')} >/dev/null 2>&1; rm -rf ${work}/state`);
const importOf = (name) =>
  `${bundle} import ${work}/${name} --state-dir ${work}/state --yes --no-progress`;

measure(source, exportTo('whole.tar'));
const split = `--split ${Math.ceil(statSync(join(work, 'whole.tar')).size / 10)}`;
measure(source, exportTo('parts.tar', split));
const whole = 'the single file';
const plans = [
  {
    name: 'ten parts: export',
    ours: { engine: source, script: exportTo('parts.tar', split) },
    theirs: { [whole]: { engine: source, script: exportTo('whole.tar') } },
  },
  {
    name: 'ten parts: verify',
    ours: { engine: source, script: `${bundle} verify ${work}/parts.tar.parts.json` },
    theirs: { [whole]: { engine: source, script: `${bundle} verify ${work}/whole.tar` } },
  },
  {
    name: 'ten parts: import',
    before: clean,
    ours: { engine: target, script: importOf('parts.tar.parts.json') },
    theirs: { [whole]: { engine: target, script: importOf('whole.tar') } },
  },
].map((plan) => ({ ...plan, bound: 1.1 }));
const rows = comparePlans(plans, options);

say('Measuring temporary disk…');
clean();
const own = ['.parts.tar', 'parts.tar', 'state/'].map((name) => join(work, name));
const strays = plans.flatMap(({ ours }) => watch(ours.engine, ours.script, own).strays);
printRows(options, rows, `Files written besides parts and state: ${strays.join(', ') || 'none'}.`);
publishRows(options, [...rows, { what: 'ten parts: files written besides', strays }]);
