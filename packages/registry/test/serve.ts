// Serves the bundle that is named, until it is told to end; runs in another network namespace or process than the test.
// Prints its port, and at the end what it did and the most memory it took.
import { readFile } from 'node:fs/promises';
import { openManifest } from '@bundle/verify';
import { bundleContent } from '../src/bundle-content.ts';
import { startRegistry } from '../src/server.ts';

const [bundle = ''] = process.argv.slice(2);
const registry = await startRegistry({ content: await bundleContent(await openManifest(bundle)) });
process.stdout.write(`${registry.port}\n`);
process.once('SIGTERM', async () => {
  // Not resourceUsage().maxRSS: Linux counts the process that started this one into it.
  const [, peakKb] = /VmHWM:\s+(\d+) kB/.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  const memoryMb = Number(peakKb) / 1024;
  await registry.close();
  process.stdout.write(`${JSON.stringify({ ...registry.stats(), memoryMb })}\n`);
});
