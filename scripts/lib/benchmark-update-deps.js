// The plan of an update of one large layer: its delta against the whole layer, imported on hosts with the old one.
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependencyPair, makeLayer } from './benchmark-delta-layers.js';
import { measure, on, root } from './benchmark-tools.js';

const bundle = join(root, 'scripts/bundle');
const app = 'benchmark/dependencies:1';

/**
 * Returns a plan for `comparePlans`, and what is carried once it has run. Each side imports into an engine that has the
 * old image, and nothing else of it.
 */
export function planOfDependencies({ source, target, work: shared }) {
  const work = join(shared, 'update-dependencies');
  const layers = join(shared, 'delta');
  const carried = { delta: 0, whole: 0, layer: 0 };
  const exportTo = (name, ...more) =>
    `${bundle} export ${work}/compose.yml -o ${work}/${name} --force --no-runtime --no-progress --cache ${work}/layers ${more.join(' ')}`;
  const importOf = (name) =>
    `${bundle} import ${work}/${name} --state-dir ${work}/state --yes --no-progress`;
  const build = (tar) => {
    copyFileSync(tar, join(work, 'layer.tar'));
    writeFileSync(join(work, 'Dockerfile'), 'FROM scratch\nADD layer.tar /\nCMD ["/none"]\n');
    on(source, 'docker', 'build', '-q', '-t', app, work);
  };
  const pack = () => {
    rmSync(work, { recursive: true, force: true });
    for (const folder of [work, layers]) mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(work, 'compose.yml'),
      `name: benchmark\nservices: { app: { image: "${app}" } }\n`,
    );
    const { name, old, next } = dependencyPair;
    build(makeLayer(layers, `${name} old`, old));
    measure(source, exportTo('base.tar', '--release-version 1'));
    const tar = makeLayer(layers, `${name} new`, next);
    build(tar);
    const since = `--release-version 2 --since ${work}/base.tar`;
    measure(source, exportTo('delta.tar', since));
    measure(source, exportTo('whole.tar', since, '--no-delta'));
    for (const kind of ['delta', 'whole']) carried[kind] = statSync(join(work, `${kind}.tar`)).size;
    carried.layer = statSync(tar).size;
  };
  const onOldHost = () => {
    on(
      target,
      'sh',
      '-c',
      `docker rmi -f ${app} >/dev/null 2>&1; docker image prune -f; rm -rf ${work}/state`,
    );
    measure(target, importOf('base.tar'));
  };
  const side = (name) => ({ engine: target, script: importOf(name), before: onOldHost });
  const plan = {
    name: 'update of a dependency layer: import of its delta',
    bound: 0.7,
    beforeAll: pack,
    ours: side('delta.tar'),
    theirs: { 'import of the whole layer': side('whole.tar') },
  };
  return { plan, carried, clean: () => rmSync(work, { recursive: true, force: true }) };
}
