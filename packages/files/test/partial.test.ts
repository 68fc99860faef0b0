import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fateOf, ownMark } from '../src/mark.ts';
import { partialPath, removeStalePartials } from '../src/partial.ts';

let folder: string;
let mark: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'partial-'));
  mark = await ownMark();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const isApp = (name: string): boolean => name === 'app.tar';
/** The mark of an ended process on this machine: its ID is above the highest one of Linux. */
const ended = (): string => mark.replace(/^\d+/, '4194305');
/** The mark of the same process ID and start time in another container, in another boot. */
const elsewhere = (): string => mark.replace(/-\d+-([^-]+)$/, '-1-$1');
const otherBoot = (): string => mark.replace(/[^-]+$/, '00000000');

test('the mark of a process tells whether it is running, has ended, or cannot be seen from here', async () => {
  expect(mark).toMatch(/^\d+-\d+-\d+-[0-9a-f]{8}$/);
  expect(await fateOf(mark)).toBe('running');
  expect(await fateOf(ended())).toBe('ended');
  expect(await fateOf(elsewhere())).toBe('elsewhere');
  expect(await fateOf(otherBoot())).toBe('other-boot');
  // The ID of a running process that an earlier process also had.
  expect(await fateOf(mark.replace(/-\d+-/, '-1-'))).toBe('ended');
});

test('leftovers of a killed run are removed, output of a running one is not', async () => {
  const child: ChildProcess = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const [started] = await startOf(child.pid ?? 0);
  const running = mark.replace(/^\d+-\d+/, `${child.pid}-${started}`);
  const own = await partialPath(join(folder, 'app.tar'));
  const kept = [own, `.app.tar.partial-${running}`, `.other.tar.partial-${ended()}`];
  for (const name of [...kept, `.app.tar.partial-${ended()}`]) {
    await writeFile(join(folder, name.replace(/^.*\//, '')), '');
  }
  await removeStalePartials(folder, isApp);
  const names = kept.map((name) => name.replace(/^.*\//, ''));
  expect((await readdir(folder)).sort()).toEqual(names.sort());
  child.kill('SIGKILL');
  await once(child, 'exit');
  await removeStalePartials(folder, isApp);
  expect(await readdir(folder)).not.toContain(`.app.tar.partial-${running}`);
});

async function startOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(19, 20);
}

test('the only copy of a bundle whose name starts the same is neither removed nor renamed', async () => {
  const other = `.app.tar.old.replaced-${ended()}`;
  await writeFile(join(folder, other), 'only copy');
  await removeStalePartials(folder, isApp);
  expect(await readdir(folder)).toEqual([other]);
  await writeFile(join(folder, 'app.tar'), 'another bundle');
  await removeStalePartials(folder, isApp);
  expect((await readdir(folder)).sort()).toEqual([other, 'app.tar']);
});

test('output of another container or machine in a shared folder is left alone for a day', async () => {
  const names = [elsewhere(), otherBoot()].map((one) => `.app.tar.partial-${one}`);
  for (const name of names) {
    await mkdir(join(folder, name, 'images'), { recursive: true });
    await writeFile(join(folder, name, 'images', 'blob'), '');
  }
  await removeStalePartials(folder, isApp);
  expect((await readdir(folder)).sort()).toEqual(names.sort());
  const now = Date.now;
  try {
    Date.now = () => now() + 2 * 86_400_000;
    await removeStalePartials(folder, isApp);
  } finally {
    Date.now = now;
  }
  expect(await readdir(folder)).toEqual([]);
});

test('a bundle with a line feed in its name is put back, too', async () => {
  await writeFile(join(folder, `.two\nlines.tar.replaced-${ended()}`), 'only copy');
  await removeStalePartials(folder, (name) => name === 'two\nlines.tar');
  expect(await readdir(folder)).toEqual(['two\nlines.tar']);
});

test('a bundle that a killed run had moved aside is put back', async () => {
  for (const one of [ended(), elsewhere(), otherBoot()]) {
    await writeFile(join(folder, `.app.tar.replaced-${one}`), one);
    await removeStalePartials(folder, isApp);
    expect(await readFile(join(folder, 'app.tar'), 'utf8')).toBe(one);
    await rm(join(folder, 'app.tar'));
  }
  for (const one of [ended(), elsewhere()]) {
    await writeFile(join(folder, `.app.tar.replaced-${one}`), 'old');
  }
  await removeStalePartials(folder, isApp);
  expect(await readdir(folder)).toContain('app.tar');
  await rm(join(folder, 'app.tar'));
  await writeFile(join(folder, `.app.tar.replaced-${ended()}`), 'older');
  await writeFile(join(folder, 'app.tar'), 'newer');
  await removeStalePartials(folder, isApp);
  expect(await readFile(join(folder, 'app.tar'), 'utf8')).toBe('newer');
  expect(await readdir(folder)).not.toContain(`.app.tar.replaced-${ended()}`);
});
