#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { version } from './version.ts';

enableCompileCache();

// A reader that has seen enough (`bundle inspect x | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  // Needs nothing else, so nothing else is loaded.
  process.stdout.write(`${version}\n`);
} else {
  const { run } = await import('./run.ts');
  process.exitCode = await run(argv);
  // What is written is flushed first; a connection that is still open must not keep the command alive.
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}
