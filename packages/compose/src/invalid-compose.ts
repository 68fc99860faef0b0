import { BundleError } from '@bundle/format';

/** Returns what to do about a variable without a value, from the words of an error; undefined for other errors. */
export function missingValueHint(words: string): string | undefined {
  const [, name] = /required variable (\w+) is missing a value/i.exec(words) ?? [];
  if (name === undefined) return undefined;
  return `Give it a value for this run: ${name}=x before the command, or in .env beside the Compose file. The value is not packed; the import asks for it.`;
}

/** Returns the error about a Compose file that cannot be used. */
export function invalidCompose(file: string, found: string): BundleError {
  return new BundleError('compose-invalid', {
    operation: 'reading the Compose file',
    subject: file,
    expected: 'a valid Compose project of local files',
    found,
    hint: missingValueHint(found) ?? 'Fix the file, then export again.',
  });
}
