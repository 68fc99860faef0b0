// Makes or applies one delta, for measurements: `make DELTA NEW OLD`, `apply DELTA NEW OLD`. Prints seconds as JSON.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { applyDelta, makeDelta } from '../../packages/delta/dist/index.js';

const [mode, delta, next, old] = process.argv.slice(2);
const file = await open(old);
const layer = {
  size: (await file.stat()).size,
  readInto: async (target, offset) => (await file.read(target, 0, target.length, offset)).bytesRead,
};
const chunks = { highWaterMark: 2 ** 20 };
const started = performance.now();
let seconds;
if (mode === 'make') {
  const output = await open(delta, 'w');
  for await (const bytes of makeDelta([layer], createReadStream(next, chunks)))
    await output.write(bytes);
  await output.close();
  seconds = (performance.now() - started) / 1000;
} else {
  const hash = createHash('sha256');
  const { size } = await stat(next);
  for await (const bytes of applyDelta([layer], createReadStream(delta, chunks), { size }))
    hash.update(bytes);
  seconds = (performance.now() - started) / 1000;
  const expected = createHash('sha256');
  for await (const bytes of createReadStream(next, chunks)) expected.update(bytes);
  if (hash.digest('hex') !== expected.digest('hex'))
    throw new Error(`${delta} makes another layer`);
}
await file.close();
// Not resourceUsage().maxRSS: Linux includes the parent process in it.
const [, peakKb] = /^VmHWM:\s*(\d+)/m.exec(await readFile('/proc/self/status', 'utf8'));
process.stdout.write(`${JSON.stringify({ seconds, peakKb: Number(peakKb) })}\n`);
