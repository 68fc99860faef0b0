import { join } from 'node:path';
import { readBytesIfThere } from '@bundle/files';
import {
  BundleError,
  type Kit,
  kitPaths,
  kitSchema,
  parseBounded,
  parseJson,
  reasonOf,
} from '@bundle/format';
import { z } from 'zod';
import { kitPlacesOf } from '../state-folder.ts';

/** Most bytes of kit.json, which lists four files. */
export const maxKitBytes = 64 * 1024;

/** Returns the kit that is installed in a state folder; undefined if there is none. Fails with `manifest-invalid`. */
export async function installedKit(stateDir: string): Promise<Kit | undefined> {
  const file = join(kitPlacesOf(stateDir).current, kitPaths.manifest);
  const bytes = await readBytesIfThere(file);
  return bytes === undefined ? undefined : parseKit(bytes, file);
}

/** Parses kit.json. Fails with `schema-newer` and `manifest-invalid`. */
export function parseKit(bytes: Buffer, subject: string): Kit {
  const operation = 'reading the kit';
  let document: unknown;
  try {
    document = parseJson(bytes);
  } catch (error) {
    throw invalid(reasonOf(error));
  }
  const version = z.looseObject({ schemaVersion: z.number() }).safeParse(document);
  if (version.success && version.data.schemaVersion > 1) {
    throw new BundleError('schema-newer', {
      operation,
      subject,
      expected: 'schemaVersion 1',
      found: `schemaVersion ${version.data.schemaVersion}`,
      hint: 'Install it with the command in it: tar -xf KIT runtime/bundle',
    });
  }
  const { data, issues } = parseBounded(kitSchema, document);
  if (data === undefined) throw invalid(issues.map(({ message }) => message).join('; '));
  return data;

  function invalid(found: string): BundleError {
    return new BundleError('manifest-invalid', {
      operation,
      subject,
      expected: 'a kit of schema version 1',
      found,
      hint: 'Get the kit again from its source.',
    });
  }
}
