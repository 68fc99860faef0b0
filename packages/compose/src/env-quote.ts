import { BundleError } from '@bundle/format';
import { scanEnvFile } from './env-syntax.ts';

const plain = /^[\w./:@%+,=-]*$/;

/**
 * Writes a value so that Compose reads exactly this string: as it is, else in single quotes, where everything stands
 * for itself, else in double quotes. Single quotes cannot hold a backslash before a quote or at the end: `\'` is a
 * quote, and `\\` two backslashes. `behind` is what follows in the line.
 */
export function quotedValue(value: string, behind = ''): string {
  if (plain.test(value) && mayStandPlain(value, behind)) return value;
  if (!/'|\\$/.test(value)) return `'${value}'`;
  return `"${value.replaceAll(/[\\"]/g, '\\$&').replaceAll('$', '$$$$')}"`;
}

/** A comment ends a value only behind a space, and only where there is a value: `A= # note` has no comment. */
function mayStandPlain(value: string, behind: string): boolean {
  return (
    /^\p{White_Space}*$/u.test(behind) || (value !== '' && /^\p{White_Space}* #/u.test(behind))
  );
}

/** Refuses a variable that no env file can hold. The value is not shown: it may be a password. */
export function checkExpressible(name: string, value: string): void {
  const { statements } = scanEnvFile(`${name}=`);
  if (name === '' || statements.length !== 1 || statements[0]?.name !== name) {
    throw new BundleError('usage', {
      operation: 'writing a variable to an env file',
      subject: JSON.stringify(name),
      expected: 'a name of letters, digits and "_"',
      found: 'one that Compose does not read',
      hint: 'Use another name.',
    });
  }
  const found = value.includes('\0')
    ? 'a NUL character, which no environment variable can hold'
    : value.isWellFormed()
      ? undefined
      : 'half of a character (a lone surrogate), which UTF-8 cannot hold';
  if (found === undefined) return;
  throw new BundleError('usage', {
    operation: 'writing a variable to an env file',
    subject: name,
    expected: 'a text',
    found,
    hint: 'Use another value, for example the same in base64.',
  });
}
