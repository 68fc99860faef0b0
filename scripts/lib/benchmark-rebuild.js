// A change of one line of the fixture: `bundle rebuild` on the offline engine, from a pruned builder, against the warm
// `docker compose build` of the connected engine, which has everything in its own cache.
import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cell, measure, median, on, root, say } from './benchmark-tools.js';

const { values } = parseArgs({
  options: {
    source: { type: 'string' },
    target: { type: 'string' },
    work: { type: 'string' },
    runs: { type: 'string', default: '3' },
    store: { type: 'string', default: 'graph-driver' },
  },
});
const { source, target, work, store } = values;
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

const rows = [];
for (const [service, file, comment] of [
  ['backend', 'backend/app.py', '#'],
  ['frontend', 'frontend/src/main.js', '//'],
]) {
  const taken = { bundle: [], theirs: [] };
  for (let run = 0; run <= Number(values.runs); run += 1) {
    appendFileSync(join(project, file), `${comment} ${process.pid} ${run}\n`);
    on(target, 'docker', 'builder', 'prune', '-af');
    const rebuild = `${bundle} rebuild ${service} --source ${project} --state-dir ${state} --no-progress`;
    const [ours, theirs] = [
      measure(target, rebuild).seconds,
      measure(source, `cd ${project} && docker compose build ${service}`).seconds,
    ];
    // The first of each meets cold files.
    if (run === 0) continue;
    taken.bundle.push(ours);
    taken.theirs.push(theirs);
  }
  rows.push({ service, ...taken, ratio: median(taken.bundle) / median(taken.theirs) });
  say(`${service}: ${rows.at(-1).ratio.toFixed(2)}`);
}
const table = [
  '| one line changed | bundle rebuild, offline, s | docker compose build, warm, s | ratio | bound |',
  '|---|---|---|---|---|',
  ...rows.map(
    (row) =>
      `| ${row.service} | ${cell(row.bundle)} | ${cell(row.theirs)} | ${row.ratio.toFixed(2)} | ${row.service === 'backend' ? bound : ''} |`,
  ),
];
process.stdout.write(`Rebuild, ${store}, ${values.runs} rounds, medians\n\n${table.join('\n')}\n`);
