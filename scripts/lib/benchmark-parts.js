// A bundle in ten parts against the single file: export, verify and import; and an export of what did not change.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
const work = join(values.work, `parts-${size}`);
const bundle = join(root, 'scripts/bundle');
const images = imagesOf(size);

makeImages(source, values.work, size);
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const services = images.map((image, index) => `s${index}: { image: "${image}" }`).join(', ');
writeFileSync(join(work, 'compose.yml'), `name: benchmark\nservices: { ${services} }\n`);
const exportTo = (name, ...more) =>
  `${bundle} export ${work}/compose.yml -o ${work}/${name} --force --no-runtime --no-progress ${more.join(' ')}`;
const clean = () =>
  on(
    target,
    'sh',
    '-c',
    `docker rmi -f ${images.join(' ')} >/dev/null 2>&1; rm -rf ${work}/state; sync`,
  );
const importOf = (name) =>
  `${bundle} import ${work}/${name} --state-dir ${work}/state --yes --no-progress`;

measure(source, exportTo('whole.tar', '--no-cache'));
const split = `--split ${Math.ceil(statSync(join(work, 'whole.tar')).size / 10)}`;
const rows = {
  export: [exportTo('parts.tar', '--no-cache', split), exportTo('whole.tar', '--no-cache'), source],
  verify: [
    `${bundle} verify ${work}/parts.tar.parts.json`,
    `${bundle} verify ${work}/whole.tar`,
    source,
  ],
  import: [importOf('parts.tar.parts.json'), importOf('whole.tar'), target],
};
const lines = [];
for (const [name, [parts, whole, engine]] of Object.entries(rows)) {
  const taken = { parts: [], whole: [] };
  for (let run = 0; run < Number(values.runs); run += 1) {
    for (const [which, script] of [
      ['parts', parts],
      ['whole', whole],
    ]) {
      if (name === 'import') clean();
      taken[which].push(measure(engine, script).seconds);
    }
  }
  const ratio = median(taken.parts) / median(taken.whole);
  lines.push(
    `| ${name} | ${cell(taken.parts)} | the single file: ${cell(taken.whole)} | ${ratio.toFixed(2)} | 1.1 |`,
  );
  say(lines.at(-1));
}
const cached = exportTo('again.tar', `--cache ${work}/layers`);
const first = measure(source, cached).seconds;
const again = Array.from({ length: Number(values.runs) }, () => measure(source, cached).seconds);
lines.push(
  `| export, nothing changed | ${cell(again)} | the first: ${first.toFixed(2)} | ${(median(again) / first).toFixed(2)} | 0.1 |`,
);
const strays = readdirSync(work).filter((name) => name.startsWith('.'));
process.stdout.write(`
${size} MB of images, ${store}, ten parts

| what | bundle, s | against, s | ratio | bound |
|---|---|---|---|---|
${lines.join('\n')}

Files left beside the bundles: ${strays.length === 0 ? 'none' : strays.join(', ')}.
`);
