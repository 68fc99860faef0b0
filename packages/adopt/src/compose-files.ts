import { posix } from 'node:path';
import { BundleError } from '@bundle/format';
import type { FolderContents } from './folder.ts';

/** Compose's own names, and their overrides. */
const standard = /^(?:docker-)?compose\.ya?ml$/;
const override = /^(?:docker-)?compose\.override\.ya?ml$/;
/** Names that people give to the Compose file of one place: `docker-compose.prod.yml`, `compose-offline.yaml`. */
const similar = /^(?:docker-)?compose[.-].+\.ya?ml$|^.+[.-](?:docker-)?compose\.ya?ml$/;

/**
 * Chooses the Compose file of a folder, and the override that Compose merges with it; absolute paths. Fails with
 * `compose-not-found` if there is none, and with `folder-invalid` if there are two.
 */
export function chooseComposeFiles({ root, files }: FolderContents): string[] {
  const named = (pattern: RegExp, inside?: string) =>
    files.filter(
      ({ path }) =>
        pattern.test(posix.basename(path)) &&
        (inside === undefined || posix.dirname(path) === inside),
    );
  // The one at the top, as Compose would take it; others are for other places.
  const top = named(standard, '.');
  const candidates = [top, named(standard), named(similar)].find((some) => some.length > 0) ?? [];
  const [only, ...others] = candidates;
  if (only === undefined) throw noComposeFile(root);
  if (others.length > 0) {
    throw new BundleError('folder-invalid', {
      operation: 'looking for the Compose file in',
      subject: root,
      expected: 'one Compose file',
      found: candidates.map(({ path }) => path).join(', '),
      hint: 'Name the right one with -f, or several in the order of merging: -f FILE -f FILE.',
    });
  }
  const [merged] = named(override, posix.dirname(only.path));
  return [only.file, ...(merged === undefined ? [] : [merged.file])];
}

function noComposeFile(subject: string): BundleError {
  return new BundleError('compose-not-found', {
    operation: 'looking for a Compose file in',
    subject,
    expected: 'docker-compose.yml or compose.yaml',
    found: 'none of them',
    hint: 'Put the Compose file into the folder, or name it with -f.',
  });
}
