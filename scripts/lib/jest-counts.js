// Prints the numbers of passed, failed and skipped tests from jest's --json output; writes the names of skipped ones to
// a file.
import { readFileSync, writeFileSync } from 'node:fs';

const [report, names] = process.argv.slice(2);
const result = JSON.parse(readFileSync(report, 'utf8'));
const skipped = result.testResults
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ status }) => status !== 'passed' && status !== 'failed')
  .map(({ fullName }) => fullName);
writeFileSync(names, skipped.map((name) => `${name}\n`).join(''));
const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
process.stdout.write(`${result.numPassedTests} ${failed} ${skipped.length}\n`);
