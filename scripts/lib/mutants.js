// Runs the targets of mutants-targets.js; see scripts/mutants --help.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { numbersFrom } from '../../packages/testkit/dist/random.js';
import { prepareTargets, refused as wasRefused } from './mutants-targets.js';

// CPU time, since other tests run beside; a run that only waits is found by the clock.
const maxCpuMs = 5000;
const maxMs = 60_000;
const maxMegabytes = 300;
const say = (text) => process.stdout.write(`${text}\n`);
const isRefusal = (error) => error?.name === 'BundleError' && error.code !== 'internal';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed);
say(`seed ${seed}`);
const work = mkdtempSync(join(tmpdir(), 'mutants-'));
let faults = 0;
try {
  const { targets, close } = await prepareTargets(work);
  const chosen = targets.filter(({ name, alone }) =>
    values.only === undefined ? alone !== true : name === values.only,
  );
  const shares = chosen.reduce((sum, { share }) => sum + share, 0);
  const totals = { runs: 0, accepted: 0, refused: 0 };
  for (const { name, share, run } of chosen) {
    const runs = Math.ceil((Number(values.runs) * share) / shares);
    const counts = { accepted: 0, refused: 0, slowest: 0 };
    for (let round = 0; round < runs; round += 1) {
      // Memory is measured for a run, not for the garbage of many runs in one process.
      if (round % 10 === 0) globalThis.gc?.();
      const started = performance.now();
      const cpuBefore = process.cpuUsage();
      let fault;
      try {
        const result = await run(numbersFrom(seed * 100_003 + round));
        if (result === wasRefused) counts.refused += 1;
        else if (result === undefined) counts.accepted += 1;
        else fault = result;
      } catch (error) {
        if (isRefusal(error)) counts.refused += 1;
        else fault = error?.stack ?? String(error);
      }
      const ms = performance.now() - started;
      const { user, system } = process.cpuUsage(cpuBefore);
      const cpuMs = (user + system) / 1000;
      counts.slowest = Math.max(counts.slowest, cpuMs);
      if (cpuMs > maxCpuMs || ms > maxMs)
        fault = `took ${Math.round(ms)} ms, ${Math.round(cpuMs)} ms of CPU`;
      if (fault === undefined) continue;
      faults += 1;
      say(`FAULT ${name}, seed ${seed}, round ${round}: ${fault}`);
    }
    const { accepted, refused, slowest } = counts;
    say(
      `${name}: ${runs} runs, ${accepted} accepted, ${refused} refused, slowest ${Math.round(slowest)} ms of CPU`,
    );
    totals.runs += runs;
    totals.accepted += accepted;
    totals.refused += refused;
  }
  await close();
  // Not resourceUsage().maxRSS: Linux includes the parent process in it.
  const [, peakKb] = /^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const megabytes = Math.round(peakKb / 1024);
  if (megabytes > maxMegabytes) faults += 1;
  say(
    `${totals.runs} runs, ${totals.accepted} accepted, ${totals.refused} refused, ${faults} faults, ${megabytes} MB`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = faults === 0 ? 0 : 1;
