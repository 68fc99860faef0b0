// Asks for a page every 50 ms until it is told to stop, then prints how long it failed: poll-page.js URL
import { setTimeout as sleep } from 'node:timers/promises';

const url = process.argv[2];
const everyMs = 50;
const pending = [];
let isOver = false;
process.on('SIGTERM', () => {
  isOver = true;
});

async function ask(sent) {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(1000) });
    return { sent, ok };
  } catch {
    return { sent, ok: false };
  }
}

while (!isOver) {
  pending.push(ask(performance.now()));
  await sleep(everyMs);
}
const answers = await Promise.all(pending);
const failed = answers.filter(({ ok }) => !ok);
process.stdout.write(
  JSON.stringify({
    requests: answers.length,
    failed: failed.length,
    /** From the first request that failed to the first one after the last that failed. */
    seconds: failed.length === 0 ? 0 : (failed.at(-1).sent - failed[0].sent + everyMs) / 1000,
  }),
);
