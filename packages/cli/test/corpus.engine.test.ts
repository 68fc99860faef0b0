import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from '@bundle/testkit';
import { z } from 'zod';

const root = join(import.meta.dirname, '../../..');
const rows = z.array(
  z.object({
    name: z.string(),
    store: z.string(),
    outcome: z.string(),
    known: z.string().optional(),
    faults: z.array(z.string()),
  }),
);

test('applications of every shape run offline as online, or are refused before anything changes', async () => {
  const work = await mkdtemp(join(tmpdir(), 'corpus-'));
  const json = join(work, 'rows.json');
  try {
    const script = join(root, 'scripts/lib/corpus.js');
    const words = [script, '--work', work, '--sample', '16', '--json', json];
    const seed = process.env['BUNDLE_TEST_SEED'];
    const child = spawn(process.execPath, [
      ...words,
      ...(seed === undefined ? [] : ['--seed', seed]),
    ]);
    const { code, stdout, stderr } = await outputOf(child);
    if (code !== 0) throw new Error(`${stdout}${stderr}`);
    const found = rows.parse(JSON.parse(await readFile(json, 'utf8')));
    expect(found.length).toBeGreaterThanOrEqual(20);
    expect(found.filter(({ faults, known }) => faults.length > 0 && known === undefined)).toEqual(
      [],
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}, 300_000);
