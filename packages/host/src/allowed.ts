import { replaceFile } from '@bundle/files';
import { z } from 'zod';
import { stateError } from './state-error.ts';
import { type Instance, placesOf } from './state-folder.ts';
import { readStateJson } from './state-json.ts';

const schema = z.object({ schemaVersion: z.literal(1), allowed: z.array(z.string()) });

/** Reads the permissions granted to an application on this host; undefined where nobody has been asked. */
export async function readAllowed(
  instance: Pick<Instance, 'root'>,
): Promise<ReadonlySet<string> | undefined> {
  const read = await readStateJson(placesOf(instance).allowed, schema, {
    code: 'manifest-invalid',
    operation: 'reading the permissions of the application',
    expected: 'a list of permissions as the command writes it',
    hint: 'Fix the file, or delete it to be asked again.',
  });
  return read && new Set(read.allowed);
}

/** Adds granted permissions to those granted earlier, so that the next release is not asked about them. */
export async function addAllowed(
  instance: Pick<Instance, 'root'>,
  ids: readonly string[],
): Promise<void> {
  const allowed = [...new Set([...((await readAllowed(instance)) ?? []), ...ids])].sort();
  const path = placesOf(instance).allowed;
  try {
    const text = `${JSON.stringify({ schemaVersion: 1, allowed }, undefined, 2)}\n`;
    await replaceFile(path, text, 0o600);
  } catch (error) {
    throw stateError(error, path);
  }
}
