import { portabilityProblem } from '@bundle/format';
import type { PlannedFile } from './application.ts';
import { bundlePathOf } from './places.ts';
import type { Warning } from './warnings.ts';

/** Warns of names that change on the way, and of names that some media refuse. One line for each kind. */
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

/** Only names from the disk are changed, and nothing but their form. */
function isOtherForm(file: string, path: string, projectDir: string): boolean {
  const inside = bundlePathOf({ projectDir }, file);
  return inside !== path && inside.normalize('NFC') === path;
}

function warning([first, ...others]: readonly PlannedFile[], words: string): Warning[] {
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return [{ path: [], message: `${first.path}${more} ${words}` }];
}
