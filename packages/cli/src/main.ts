import { watchOutputs } from './shared/terminal/outputs.ts';
import { version } from './version.ts';

// Deprecation warnings of Node.js are for authors of libraries; a user cannot act on them.
if (process.env['BUNDLE_DEBUG'] !== '1') process.noDeprecation = true;

async function main(argv: readonly string[]): Promise<void> {
  if (argv[0] === 'verify') {
    // Started early: starting it takes as long as everything before the first hash.
    const { startHashThread } = await import('@bundle/store/hash-thread');
    startHashThread();
  }
  const outputs = watchOutputs();
  if (argv.length === 1 && ['--version', '-V', '-v', 'version'].includes(argv[0] ?? '')) {
    // The version needs no other module.
    process.stdout.write(`${version}\n`);
  } else if (argv[0] === '__complete') {
    // For the scripts of `bundle completion`.
    const { complete } = await import('./completion/complete.ts');
    process.stdout.write(await complete(argv.slice(1)));
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
