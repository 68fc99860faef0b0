import { portabilityProblem } from '@bundle/format';
import type { PlannedFile } from './application.ts';
import { bundlePathOf } from './places.ts';
import type { Warning } from './warnings.ts';

/** Warns of names that change during export, and of names that some media reject. Returns one line for each kind. */
export function nameWarnings(files: readonly PlannedFile[], projectDir: string): Warning[] {
  const composed = files.filter(
    ({ path, content }) => 'file' in content && isOtherForm(content.file, path, projectDir),
  );
  const refused = files.filter(({ path }) => portabilityProblem(path) !== undefined);
  const [first] = refused;
  return [
    ...warning(
      composed,
      'is packed under the composed form (NFC) of its name, which containers will see',
    ),
    ...warning(
      refused,
      `cannot be copied to FAT, exFAT or NTFS (${portabilityProblem(first?.path ?? '')}): choose the single-file form`,
    ),
  ];
}

/** Tells whether a name from disk is packed in a different Unicode form; nothing else about names changes. */
function isOtherForm(file: string, path: string, projectDir: string): boolean {
  const inside = bundlePathOf({ projectDir }, file);
  return inside !== path && inside.normalize('NFC') === path;
}

function warning([first, ...others]: readonly PlannedFile[], words: string): Warning[] {
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return [{ path: [], message: `${first.path}${more} ${words}` }];
}
