import { readTextIfThere } from '@bundle/files';
import { BundleError, type CarriedPackages, reasonOf } from '@bundle/format';
import { wantedByLock } from './missing.ts';

/** Entries of `packages:` that are the path of a file which lists packages. */
const listFiles = {
  npm: /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/,
  pip: /\.txt$/,
} as const;

const maxListBytes = 64 * 1024 * 1024;

/** Tells whether an entry of `packages:` is the path of a list. */
export function isListFile(ecosystem: keyof CarriedPackages, entry: string): boolean {
  return ecosystem !== 'apt' && listFiles[ecosystem].test(entry);
}

/**
 * Returns the files that tell a recorded step what to keep in addition: `NAME.names` with the names, and one for each
 * list of packages.
 */
export async function namesFor(
  ecosystem: keyof CarriedPackages,
  entries: readonly string[] | undefined,
): Promise<Record<string, string>> {
  if (entries === undefined) return {};
  const lists = entries.filter((entry) => isListFile(ecosystem, entry));
  const names = entries.filter((entry) => !lists.includes(entry));
  const files: Record<string, string> = {
    [`${ecosystem}.names`]: names.map((name) => `${name}\n`).join(''),
  };
  for (const [index, path] of lists.entries()) {
    const text = await readList(path);
    if (ecosystem === 'pip') files[`pip-${index}.names`] = requirementLines(text);
    else files[`npm-${index}.lock`] = checkedLock(text, path);
  }
  return files;
}

async function readList(path: string): Promise<string> {
  const text = await readTextIfThere(path, { maxBytes: maxListBytes });
  if (text !== undefined) return text;
  throw new BundleError('spec-invalid', {
    operation: 'reading the packages to carry from',
    subject: path,
    found: 'no such file',
    hint: 'Fix `packages:` in the spec: the path of a list is relative to the spec.',
  });
}

/** Returns the lines that name packages; hashes are those of other files where a wheel is made from source. */
function requirementLines(text: string): string {
  const lines = text
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) =>
      line
        .replace(/(?:^|\s)#.*$/, '')
        .replaceAll(/\s--hash=\S+/g, '')
        .trim(),
    );
  return lines
    .filter((line) => /^[A-Za-z0-9]/.test(line) && !line.includes('://'))
    .map((line) => `${line}\n`)
    .join('');
}

function checkedLock(text: string, path: string): string {
  const fail = (found: string): BundleError =>
    new BundleError('spec-invalid', {
      operation: 'reading the packages to carry from',
      subject: path,
      expected: 'a lock file of npm 7 or later, with packages',
      found,
      hint: 'Make it again with `npm install --package-lock-only`.',
    });
  let lock: unknown;
  try {
    lock = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw fail(reasonOf(error));
  }
  if (wantedByLock(lock).length === 0) throw fail('none');
  return text;
}
