import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { outputOf } from '@bundle/testkit';

const script = join(import.meta.dirname, '../../../scripts/lib/mutants.js');
const runs = process.env['BUNDLE_TEST_MUTANTS'] ?? '600';
const seed = process.env['BUNDLE_TEST_SEED'];

test.each([
  [runs, 'bundles, documents and answers', []],
  ['20', 'deltas in bundles', ['--only', 'delta in a bundle, imported']],
])('%s changed %s cause no fault and no wrong acceptance', async (count, _what, chosen) => {
  const more = seed === undefined ? chosen : [...chosen, '--seed', seed];
  const flags = ['--no-warnings', '--expose-gc'];
  const child = spawn(process.execPath, [...flags, script, '--runs', count, ...more]);
  const { code, stdout, stderr } = await outputOf(child);
  // The output begins with the seed that repeats the run.
  if (code !== 0 || stderr !== '') throw new Error(`${stdout}${stderr}`);
  expect(stdout).toMatch(/, 0 faults, \d+ MB\n$/);
});
