import { readTextIfThere, replaceFile } from '@bundle/files';
import { BundleError, formatDocumentPath, reasonOf } from '@bundle/format';
import { z } from 'zod';
import { stateError } from './state-error.ts';
import { type Instance, placesOf } from './state-folder.ts';

const schema = z.object({ schemaVersion: z.literal(1), allowed: z.array(z.string()) });

/** Reads the permissions granted to an application on this host; undefined where nobody has been asked. */
export async function readAllowed(
  instance: Pick<Instance, 'root'>,
): Promise<ReadonlySet<string> | undefined> {
  const path = placesOf(instance).allowed;
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : new Set(parse(text, path).allowed);
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

function parse(text: string, path: string): z.output<typeof schema> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw invalid(path, reasonOf(error));
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(path, `${formatDocumentPath(issue?.path ?? [])}: ${issue?.message ?? ''}`);
}

function invalid(path: string, found: string): BundleError {
  return new BundleError('manifest-invalid', {
    operation: 'reading the permissions of the application',
    subject: path,
    expected: 'a list of permissions as the command writes it',
    found,
    hint: 'Fix the file, or delete it to be asked again.',
  });
}
