// Compares rebuilding the fixture after a change of one line: `bundle rebuild` on the offline engine with a pruned
// builder, against a warm `docker compose build` on the connected engine, which has everything in its cache.
import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { comparePlans, printRows, publishRows, readOptions } from './benchmark-rows.js';
import { measure, on, root } from './benchmark-tools.js';

// The images are those of the fixture, whatever size was given.
const options = { ...readOptions(), size: undefined };
const { source, target, work, store } = options;
const bundle = join(root, 'scripts/bundle');
const project = join(work, 'llm-chat');
const state = join(work, 'rebuild-state');
const bound = store === 'graph-driver' ? 1.3 : 3;

rmSync(project, { recursive: true, force: true });
rmSync(state, { recursive: true, force: true });
cpSync(join(root, 'fixtures/llm-chat'), project, { recursive: true });
const packed = join(work, 'llm-chat.tar');
on(source, 'sh', '-c', `cd ${project} && docker compose build`);
on(source, bundle, 'export', project, '-o', packed, '--force', '--no-runtime', '--no-progress');
on(target, bundle, 'import', packed, '--state-dir', state, '--yes', '--no-progress');

const plans = [
  ['backend', 'backend/app.py', '#', { bound }],
  ['frontend', 'frontend/src/main.js', '//', {}],
].map(([service, file, comment, limit]) => {
  const change = (round) => {
    appendFileSync(join(project, file), `${comment} ${process.pid} ${round}\n`);
    on(target, 'docker', 'builder', 'prune', '-af');
  };
  const ours = {
    engine: target,
    script: `${bundle} rebuild ${service} --source ${project} --state-dir ${state} --no-progress`,
  };
  const theirs = { engine: source, script: `cd ${project} && docker compose build ${service}` };
  return {
    name: `rebuild: ${service}, one line changed`,
    ...limit,
    // The first run of each reads cold files.
    beforeAll: () => {
      change('cold');
      for (const { engine, script } of [ours, theirs]) measure(engine, script);
    },
    beforeRound: change,
    ours,
    theirs: { 'docker compose build, warm': theirs },
  };
});
const rows = comparePlans(plans, options);
printRows(options, rows);
publishRows(options, rows);
