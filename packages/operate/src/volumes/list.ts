import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readStateJson } from '@bundle/host';
import { z } from 'zod';

const copySchema = z.object({
  name: z.string(),
  driver: z.string(),
  options: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
  file: z.string().regex(/^\d+\.tar\.zst$/),
  /** Size and digest of the file; older commands did not record them. */
  size: z.number().int().nonnegative().optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
/** A copied volume and its file. */
export type VolumeCopy = z.output<typeof copySchema>;

const listSchema = z.object({
  schemaVersion: z.literal(1),
  /** Release that ran when the copy was made. */
  release: z.string(),
  volumes: z.array(copySchema),
});

const listName = 'volumes.json';

/** Writes the list of the copies in a folder. It is written last, and completes the folder. */
export async function writeList(
  folder: string,
  release: string,
  volumes: readonly VolumeCopy[],
): Promise<void> {
  const text = JSON.stringify({ schemaVersion: 1, release, volumes }, undefined, 2);
  const handle = await open(join(folder, listName), 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Lists the copies in a folder; undefined if it is not complete. Fails with `manifest-invalid`. */
export async function readList(folder: string): Promise<readonly VolumeCopy[] | undefined> {
  const read = await readStateJson(join(folder, listName), listSchema, {
    code: 'manifest-invalid',
    operation: 'reading the copy of the volumes in',
    expected: 'a list of volumes as the command writes it',
    hint: 'Nothing was changed. This copy was altered, or made by a newer command.',
  });
  return read?.volumes;
}
