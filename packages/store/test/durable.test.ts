import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const onTracer = canTrace() ? test : test.skip;

function canTrace(): boolean {
  try {
    execFileSync('strace', ['-e', 'trace=none', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const script = (form: string, options: string): string => `
  import { create${form}Writer } from '@bundle/store';
  const writer = await create${form}Writer({
    output: process.argv[1], headBytes: 0, mtime: new Date(), ${options}
  });
  await writer.appendToBlob(Buffer.alloc(3000, 'x'));
  await writer.endBlob('sha256:' + '0'.repeat(64), 3000);
  const files = ['bundle.json', 'nginx/conf.d/default.conf', 'images/index.json'];
  await writer.finish(
    files.map((path) => ({ path, bytes: Buffer.from('{}'), executable: false })),
    { onProgress: () => undefined, signal: new AbortController().signal },
  );
`;

/** Returns synced paths and renames in their order. */
async function calls(form: string, options = ''): Promise<string[]> {
  const work = await mkdtemp(join(tmpdir(), 'durable-'));
  try {
    const log = join(work, 'log');
    const trace = ['-f', '-y', '-o', log, '-e', 'trace=fsync,fdatasync,/^rename'];
    const node = [process.execPath, '--input-type=module', '-e', script(form, options)];
    await run('strace', [...trace, ...node, join(work, 'app')]);
    return (await readFile(log, 'utf8')).split('\n').flatMap((line) => {
      const synced = /f(?:data)?sync\(\d+<(.*?)>/.exec(line)?.[1];
      const renamed = /rename\w*\(.*?"[^"]*",.*?"([^"]*)"/.exec(line)?.[1];
      const what = synced === undefined ? renamed && `to ${renamed}` : `sync ${synced}`;
      const plain = what?.replace(`${work}/`, '').replace(/partial-[^/]*/, 'partial');
      return plain === undefined ? [] : [plain.replace(work, '.')];
    });
  } finally {
    await rm(work, { recursive: true });
  }
}

onTracer('every file and folder of a bundle folder is synced before the rename', async () => {
  const seen = await calls('Folder');
  const before = seen.slice(0, seen.indexOf('to app'));
  const places = [
    '',
    '/nginx',
    '/nginx/conf.d',
    '/images',
    '/images/blobs',
    '/images/blobs/sha256',
  ];
  const files = ['bundle.json', 'nginx/conf.d/default.conf', 'images/index.json'];
  for (const path of [...places, ...files.map((file) => `/${file}`)]) {
    expect(before).toContain(`sync .app.partial${path}`);
  }
  expect(seen.slice(seen.indexOf('to app'))).toContain('sync .');
});

onTracer('the parts and their list are synced before the list is renamed into place', async () => {
  const seen = await calls('Tar', 'partBytes: 4096');
  const last = seen.lastIndexOf('to app.parts.json');
  expect(seen.slice(0, last)).toContain('sync .app.parts.json.partial');
  expect(seen.slice(0, last)).toContain('to app.part002');
  expect(seen.slice(seen.indexOf('to app.part002'), last)).toContain('sync .');
  expect(seen.slice(last)).toContain('sync .');
});
