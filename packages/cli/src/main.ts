import { watchOutputs } from './shared/terminal/outputs.ts';
import { version } from './version.ts';

// What Node.js says to authors of libraries is nothing that a user can act on.
if (process.env['BUNDLE_DEBUG'] !== '1') process.noDeprecation = true;

async function main(argv: readonly string[]): Promise<void> {
  if (argv[0] === 'verify') {
    // It takes as long to start as all that comes before there is something to hash.
    const { startHashThread } = await import('@bundle/store/hash-thread');
    startHashThread();
  }
  const outputs = watchOutputs();
  if (argv.length === 1 && ['--version', '-V', 'version'].includes(argv[0] ?? '')) {
    // Needs nothing else, so nothing else is loaded.
    process.stdout.write(`${version}\n`);
  } else {
    const { run } = await import('./run.ts');
    process.exitCode = await run(argv);
  }
  const lost = await outputs.end();
  if (lost !== undefined) {
    const { reportLostResult } = await import('./shared/render/error.ts');
    process.exitCode = reportLostResult(lost, process.exitCode);
  }
  // A connection that is still open must not keep the command alive.
  process.exit();
}

void main(process.argv.slice(2));
