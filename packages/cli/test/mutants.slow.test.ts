import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { outputOf } from '@bundle/testkit';

const script = join(import.meta.dirname, '../../../scripts/lib/mutants.js');
const runs = process.env['BUNDLE_TEST_MUTANTS'] ?? '600';
const seed = process.env['BUNDLE_TEST_SEED'];

test(`${runs} changed bundles, documents and answers cause no fault and no wrong acceptance`, async () => {
  const more = seed === undefined ? [] : ['--seed', seed];
  const child = spawn(process.execPath, ['--no-warnings', script, '--runs', runs, ...more]);
  const { code, stdout, stderr } = await outputOf(child);
  // The output begins with the seed that repeats the run.
  if (code !== 0 || stderr !== '') throw new Error(`${stdout}${stderr}`);
  expect(stdout).toMatch(/, 0 faults, \d+ MB\n$/);
});
