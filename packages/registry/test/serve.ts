// Serves the given bundle until it is told to stop, in another network namespace or process than the test. Prints its
// port, and at the end its statistics and peak memory.
import { readFile } from 'node:fs/promises';
import { openManifest } from '@bundle/verify';
import { bundleContent } from '../src/bundle-content.ts';
import { startRegistry } from '../src/server.ts';

const [bundle = ''] = process.argv.slice(2);
const registry = await startRegistry({ content: await bundleContent(await openManifest(bundle)) });
process.stdout.write(`${registry.port}\n`);
process.once('SIGTERM', async () => {
  // Not resourceUsage().maxRSS: Linux includes the parent process in it.
  const [, peakKb] = /VmHWM:\s+(\d+) kB/.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  const memoryMb = Number(peakKb) / 1024;
  await registry.close();
  process.stdout.write(`${JSON.stringify({ ...registry.stats(), memoryMb })}\n`);
});
