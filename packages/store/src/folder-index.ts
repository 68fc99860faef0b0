import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { readError } from '@bundle/files';
import { BundleError, limits, pathProblem } from '@bundle/format';
import type { Extent } from './extent-types.ts';

/**
 * Lists a bundle folder (docs/bundle-format.md §2.1, §1.5). Fails with `archive-invalid` for links, devices and unsafe
 * names.
 */
export async function indexFolder(root: string): Promise<Map<string, Extent>> {
  const entries = new Map<string, Extent>();
  try {
    await walk(root, '', entries);
  } catch (error) {
    throw readError(error, root);
  }
  return entries;
}

async function walk(root: string, prefix: string, entries: Map<string, Extent>): Promise<void> {
  for await (const entry of await opendir(join(root, prefix))) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    const problem = pathProblem(path);
    if (problem !== undefined) throw invalid(root, `${JSON.stringify(path)}: ${problem}`);
    if (entry.isDirectory()) {
      await walk(root, path, entries);
    } else if (entry.isFile()) {
      const file = join(root, path);
      entries.set(path, { file, offset: 0, size: (await lstat(file)).size });
      if (entries.size > limits.maxBundleFiles) {
        throw invalid(root, `more than ${limits.maxBundleFiles} files`);
      }
    } else {
      throw invalid(root, `${path}, which is neither a regular file nor a folder`);
    }
  }
}

function invalid(root: string, found: string): BundleError {
  return new BundleError('archive-invalid', {
    operation: 'reading the bundle folder',
    subject: root,
    expected: 'regular files and folders with safe names',
    found,
    hint: 'Remove what does not belong to the bundle, or get the bundle again from its source.',
  });
}
