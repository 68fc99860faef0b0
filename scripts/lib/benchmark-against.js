// Compares the command of this checkout with that of another one, such as the commit before a change. Each side uses
// its own files, made by its own command.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { imagesOf, makeImages } from './benchmark-images.js';
import { comparePlans, printRows, publishRows, readOptions } from './benchmark-rows.js';
import { measure, on, root, say } from './benchmark-tools.js';

const options = readOptions({ against: { type: 'string' } });
const { source, target, size } = options;
const work = join(options.work, `against-${size}`);
const project = join(work, 'project');
const images = imagesOf(size);
const app = 'benchmark/against:1';

makeImages(source, options.work, size);
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const compose = (...names) =>
  `name: benchmark\nservices: { ${names.map((name, index) => `s${index}: { image: "${name}" }`).join(', ')} }\n`;
writeFileSync(join(work, 'all.yml'), compose(...images));
writeFileSync(join(work, 'chain.yml'), compose(images[0]));
writeFileSync(join(work, 'update.yml'), compose(app, images[1]));
mkdirSync(project);
writeFileSync(join(project, 'Dockerfile'), `FROM ${images[0]}\nCOPY code /code\n`);
writeFileSync(
  join(project, 'compose.yml'),
  'name: benchmark-rebuild\nservices: { app: { build: . } }\n',
);
changeCode(project, 'packed');

/** Changes the content of our own layer, which has about 500 kB. */
function changeCode(folder, content) {
  writeFileSync(join(folder, 'code'), `${content} `.repeat(50_000));
}

/** Builds the next image of the update. */
function build(content) {
  changeCode(project, content);
  on(source, 'docker', 'build', '-q', '-t', app, project);
}

/** Returns the commands to run for one checkout, in its own folder. */
function sideOf(name, checkout) {
  const bundle = join(checkout, 'scripts/bundle');
  const own = join(work, name);
  const state = `--state-dir ${own}/state --yes --no-progress`;
  mkdirSync(own);
  const exportOf = (what, output, ...more) =>
    `${bundle} export ${what} -o ${own}/${output} --force --no-runtime --no-progress ${more.join(' ')}`;
  const importOf = (what) => `${bundle} import ${own}/${what} ${state}`;
  return {
    version: `${bundle} --version`,
    // Without the check of a checkout whether its sources are newer than its build.
    installed: `${process.execPath} ${join(checkout, 'packages/cli/bin/bundle.cjs')} --version`,
    help: `${bundle} import --help`,
    exportFirst: exportOf(join(work, 'all.yml'), 'first.tar', `--cache ${own}/fresh`),
    forget: () => rmSync(join(own, 'fresh'), { recursive: true, force: true }),
    exportAgain: exportOf(join(work, 'all.yml'), 'first.tar', `--cache ${own}/layers`),
    exportParts: exportOf(
      join(work, 'all.yml'),
      'parts.tar',
      '--no-cache',
      `--split ${size / 10}M`,
    ),
    verify: `${bundle} verify ${own}/folder --no-progress`,
    verifyParts: `${bundle} verify ${own}/parts.tar.parts.json --no-progress`,
    importAll: importOf('all.tar'),
    importParts: importOf('parts.tar.parts.json'),
    importChain: importOf('chain.tar'),
    importBase: importOf('base.tar'),
    importUpdate: importOf('update.tar'),
    importProject: importOf('project.tar'),
    rebuild: `${bundle} rebuild app --source ${project} --state-dir ${own}/state --no-progress`,
    clean: () =>
      on(
        target,
        'sh',
        '-c',
        `docker rmi -f ${images.join(' ')} ${app} >/dev/null 2>&1; docker image prune -f; rm -rf ${own}/state; sync`,
      ),
    pack: () => {
      for (const [what, output] of [
        [join(work, 'all.yml'), 'all.tar'],
        [join(work, 'all.yml'), 'folder'],
        [join(work, 'chain.yml'), 'chain.tar'],
        [project, 'project.tar'],
      ])
        measure(source, exportOf(what, output, `--cache ${own}/layers`));
    },
    packBase: () =>
      measure(
        source,
        exportOf(join(work, 'update.yml'), 'base.tar', `--cache ${own}/layers --release-version 1`),
      ),
    packUpdate: () =>
      measure(
        source,
        exportOf(
          join(work, 'update.yml'),
          'update.tar',
          `--cache ${own}/layers --release-version 2 --since ${own}/base.tar`,
        ),
      ),
  };
}

const sides = [sideOf('this', root), sideOf('other', resolve(options.against))];
const plan = (name, engine, key, { prepare, before, ...more } = {}) => {
  const [ours, theirs] = sides.map((side) => ({
    engine,
    script: side[key],
    before: () => before?.(side),
  }));
  return {
    ...{ name, bound: 1.03, ours, theirs: { [options.against]: theirs }, ...more },
    beforeAll: () => {
      for (const side of sides) prepare?.(side);
    },
  };
};
const wiped = (next) => ({
  before: (side) => {
    side.clean();
    if (next !== undefined) measure(target, side[next]);
  },
});

say('Packing the input of both sides…');
for (const side of sides) side.pack();
const plans = [
  plan('--version', source, 'version'),
  plan('installed --version', source, 'installed'),
  plan('help of import', source, 'help'),
  plan('export', source, 'exportFirst', { before: (side) => side.forget() }),
  plan('repeated export', source, 'exportAgain'),
  plan('ten parts: export', source, 'exportParts'),
  plan('verify', source, 'verify'),
  plan('ten parts: verify', source, 'verifyParts'),
  plan('import again', target, 'importAll', {
    prepare: (side) => {
      side.clean();
      measure(target, side.importAll);
    },
  }),
  plan('cold import, two base images', target, 'importAll', wiped()),
  plan('cold import, one chain', target, 'importChain', wiped()),
  plan('ten parts: import', target, 'importParts', wiped()),
  plan('update of one layer: import', target, 'importUpdate', {
    ...wiped('importBase'),
    beforeRound: (round) => {
      build(`base ${process.pid} ${round}`);
      for (const side of sides) side.packBase();
      build(`update ${process.pid} ${round}`);
      for (const side of sides) side.packUpdate();
    },
  }),
  plan('rebuild: one line changed', target, 'rebuild', {
    prepare: (side) => {
      side.clean();
      measure(target, side.importProject);
    },
    beforeRound: (round) => changeCode(project, `${process.pid} ${round}`),
    before: () => on(target, 'docker', 'builder', 'prune', '-af'),
  }),
];
const rows = comparePlans(plans, options);
printRows(options, rows);
publishRows(options, rows);
rmSync(work, { recursive: true });
