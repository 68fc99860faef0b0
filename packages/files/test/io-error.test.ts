import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ioError } from '../src/io-error.ts';
import { partialPath } from '../src/partial.ts';

test('an output whose name is too long is named as the user gave it, and a shorter one is asked for', async () => {
  // 214 bytes: it would fit by itself.
  const output = join(tmpdir(), `${'名'.repeat(70)}.tar`);
  const failure: unknown = await writeFile(await partialPath(output), '').catch((error) => error);
  const error = ioError(failure, 'writing the bundle to', output, 'output-unwritable');
  expect(error).toMatchObject({
    code: 'output-unwritable',
    details: {
      subject: output,
      found: 'the name is too long',
      hint: expect.stringContaining('shorter name'),
    },
  });
  expect(String(error)).not.toContain('partial-');
});
