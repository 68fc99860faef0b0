import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleManifest, writeSampleBundle, writeSlowBundle } from '@bundle/testkit';
import { finished, shows, startBundle, startInShell } from './run-bundle.ts';

let folder = '';
let shop = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  shop = join(folder, 'shop');
  await writeSampleBundle(shop, sampleManifest());
});
afterEach(() => rm(folder, { recursive: true }));

/** Returns the content of a file once it is not empty. */
async function eventually(path: string): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text !== '') return text;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing was written to ${path}`);
}

describe('a reader that closes early', () => {
  test('is not an error', async () => {
    const child = startBundle(['import', '--help']);
    child.stdout.destroy();
    expect(await finished(child)).toMatchObject({ code: 0, stderr: '' });
  });

  test('does not turn a failure into a success', async () => {
    await writeFile(join(shop, 'README.txt'), 'README.TXT');
    const child = startBundle(['verify', shop]);
    child.stderr.destroy();
    expect(await finished(child)).toMatchObject({ code: 51 });
  });
});

test.each([
  ['inspect', '--json', 42],
  ['inspect', '--no-color', 42],
  ['verify', '--json', 42],
])('%s %s whose result meets a full disk says so and fails', async (command, flag, expected) => {
  const child = startInShell('exec "$@" >/dev/full', [command, shop, flag]);
  const { code, stderr } = await finished(child);
  expect(code).toBe(expected);
  expect(stderr).toMatch(/^error: writing the result to stdout\n.*no space left.*\nWhat to do: /s);
});

test('closing the terminal stops the work like Ctrl-C', async () => {
  const slow = join(folder, 'slow');
  await writeSlowBundle(slow, 60e9);
  const code = join(folder, 'code');
  // The shell passes on the hangup, as an interactive one does, and survives to report the exit code.
  const onTerminal =
    'stty cols 100 rows 30; "$NODE" "$MAIN" verify "$SLOW" & job=$!; ' +
    'trap "kill -HUP $job" HUP; wait $job; wait $job; echo $? >"$CODE"';
  const child = startInShell(
    `exec env NODE="$1" MAIN="$3" SLOW="$5" script -qefc '${onTerminal}' /dev/null`,
    ['verify', slow],
    { CODE: code, SHELL: '/bin/sh', TERM: 'xterm-256color' },
  );
  const ended = finished(child);
  await shows(child.stdout, 'of 60 GB');
  child.kill('SIGKILL');
  expect(await eventually(code)).toBe('130\n');
  await ended;
}, 30_000);
