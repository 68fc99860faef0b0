import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const loader = join(import.meta.dirname, '../bin/loader.cjs');

let work: string;
let kept: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'loader-'));
  kept = join(work, 'kept/import');
  await mkdir(join(work, 'command'));
  await write('bundle.cjs', 'const { greet } = require("./greet.cjs"); greet();');
  await write('greet.cjs', 'exports.greet = () => { console.log("hello"); };');
  await writeFile(
    join(work, 'main.cjs'),
    `const { loaderOf } = require(${JSON.stringify(loader)});
    const folder = ${JSON.stringify(join(work, 'command'))};
    const read = (name) => require('node:fs').readFileSync(folder + '/' + name);
    loaderOf({ read, folder, outer: require, kept: ${JSON.stringify(kept)} })('./bundle.cjs');`,
  );
});
afterEach(() => rm(work, { recursive: true }));

const write = (name: string, text: string) => writeFile(join(work, 'command', name), text);

/** Starts the program as a process of its own; returns what it prints. */
async function start(umask = '022'): Promise<string> {
  const script = `umask ${umask} && exec "$0" "$1"`;
  const { stdout } = await run('sh', ['-c', script, process.execPath, join(work, 'main.cjs')]);
  return stdout;
}

const past = new Date('2020-01-01T00:00:00Z');

/** Starts the program again; tells whether it kept its compiled code again. */
async function startAgain(): Promise<{ printed: string; keptAgain: boolean }> {
  await utimes(kept, past, past);
  const printed = await start();
  const { mtime } = await stat(kept);
  return { printed, keptAgain: mtime.getTime() !== past.getTime() };
}

test('a second run uses the compiled code of the first', async () => {
  expect(await start()).toBe('hello\n');
  const first = await readFile(kept);
  expect(await startAgain()).toEqual({ printed: 'hello\n', keptAgain: false });
  expect(await readFile(kept)).toEqual(first);
  expect(await readdir(join(work, 'kept'))).toEqual(['import']);
});

test('a changed file of the same size runs as it is now', async () => {
  await start();
  await write('greet.cjs', 'exports.greet = () => { console.log("HELLO"); };');
  expect(await startAgain()).toEqual({ printed: 'HELLO\n', keptAgain: true });
  expect(await startAgain()).toEqual({ printed: 'HELLO\n', keptAgain: false });
});

test('a file that only another run needs is kept beside the others', async () => {
  await start();
  await write('other.cjs', 'console.log("other");');
  await write('bundle.cjs', 'require("./greet.cjs").greet(); require("./other.cjs");');
  expect(await startAgain()).toEqual({ printed: 'hello\nother\n', keptAgain: true });
  await write('bundle.cjs', 'require("./greet.cjs").greet();');
  expect((await startAgain()).keptAgain).toBe(true);
  expect(await readFile(kept, 'latin1')).toContain('other.cjs');
});

test('damaged compiled code is never run, whichever byte is wrong', async () => {
  await start();
  const good = await readFile(kept);
  for (let at = 0; at < good.length; at += 211) {
    const bad = Buffer.from(good);
    bad[at] = (bad[at] ?? 0) ^ 0x41;
    await writeFile(kept, bad);
    expect([at, await start()]).toEqual([at, 'hello\n']);
  }
  for (const size of [0, 1, 60, good.length >> 1, good.length - 1]) {
    await writeFile(kept, good.subarray(0, size));
    expect([size, await start()]).toEqual([size, 'hello\n']);
  }
});

test('where nothing can be kept, everything runs', async () => {
  await writeFile(join(work, 'kept'), 'a file in the place of the folder');
  expect(await start()).toBe('hello\n');
  expect(await start()).toBe('hello\n');
  expect((await readdir(work)).toSorted()).toEqual(['command', 'kept', 'main.cjs']);
});

test('nobody else can write compiled code, whatever the umask', async () => {
  await start('000');
  for (const path of [kept, join(work, 'kept')]) expect((await stat(path)).mode & 0o022).toBe(0);
});

test('a run that fails keeps nothing', async () => {
  await write('bundle.cjs', 'process.exit(3);');
  await expect(start()).rejects.toMatchObject({ code: 3 });
  await expect(stat(kept)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('an error names the line and column of the file', async () => {
  await write('greet.cjs', 'exports.greet = () => { throw new Error("here"); };');
  const column = 'exports.greet = () => { throw '.length + 1;
  await expect(start()).rejects.toMatchObject({
    stderr: expect.stringContaining(`greet.cjs:1:${column})`),
  });
});
