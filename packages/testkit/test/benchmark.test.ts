import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

// What costs no measurement: the options. No measurement has the name "nothing".

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

test.each(['delta', 'adopt'])(
  '--%s writes its measurements to the file of --json',
  async (mode) => {
    const work = await mkdtemp(join(tmpdir(), 'benchmark-'));
    try {
      const file = join(work, 'rows.json');
      const script = join(root, `scripts/lib/benchmark-${mode}.js`);
      const options = ['--work', work, '--runs', '1', '--only', 'nothing', '--json', file];
      await run(process.execPath, [script, ...options]);
      expect(JSON.parse(await readFile(file, 'utf8'))).toEqual([]);
    } finally {
      await rm(work, { recursive: true });
    }
  },
);

test.each([
  [['--bogus'], 'there is no option --bogus'],
  [['--json'], '--json needs a value'],
  [['--store', 'other'], 'there is no store other'],
  [['--delta', '--adopt'], '--delta and --adopt are two measurements'],
  [['--delta', '--size', '5'], '--size is not for --delta'],
  [['--serve', '--only', 'serve'], '--only is not for --serve'],
])('%j is refused before anything is set up', async (options, message) => {
  const refused = run(join(root, 'scripts/benchmark'), options);
  await expect(refused).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining(message),
  });
});
