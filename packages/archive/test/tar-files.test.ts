import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tarFileHeader } from '@bundle/store';
import { fixChecksum, paxRecord } from '@bundle/testkit';
import { listTarFile, UnreadableTar } from '../src/tar-files.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tar-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.each(['0.5', '1e-99'])('an archive whose size attribute is %s is damaged', async (size) => {
  const record = paxRecord('size', size);
  const attributes = tarFileHeader('attributes', record.length, false, new Date(0));
  attributes.write('x', 156);
  fixChecksum(attributes);
  const content = Buffer.alloc(512);
  content.write(record);
  const header = tarFileHeader('a', 0, false, new Date(0));
  const file = join(folder, 'a.tar');
  await writeFile(file, Buffer.concat([attributes, content, header, Buffer.alloc(2048)]));
  await expect(listTarFile(file)).rejects.toThrow(
    new UnreadableTar('a size that is not a number of bytes'),
  );
});
