// Requests a page every 50 ms until stopped, then prints how long it failed: poll-page.js URL [TIMEOUT_MS]
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const url = process.argv[2];
const timeoutMs = Number(process.argv[3] ?? 1000);
const everyMs = 50;
const pending = [];
let isOver = false;
process.on('SIGTERM', () => {
  isOver = true;
});

/** Each request has its own connection: a server may close an open one at any time, and clients then retry. */
function ask(sent) {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = http.get(url, { agent: false, signal }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ sent, ok: answer.statusCode < 400 }));
      answer.on('error', () => resolve({ sent, ok: false }));
    });
    request.on('error', () => resolve({ sent, ok: false }));
  });
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
    /** Seconds from the first failed request to the first request after the last failed one. */
    seconds: failed.length === 0 ? 0 : (failed.at(-1).sent - failed[0].sent + everyMs) / 1000,
  }),
);
