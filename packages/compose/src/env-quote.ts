import { BundleError } from '@bundle/format';
import { scanEnvFile } from './env-syntax.ts';

const plain = /^[\w./:@%+,=-]*$/;

/**
 * Writes a value so that Compose reads back exactly this string: plain if possible, else in single quotes, where
 * everything is literal, else in double quotes. Single quotes cannot hold a backslash before a quote or at the end:
 * `\'` is a quote, and `\\` two backslashes. `behind` is the rest of the line.
 */
export function quotedValue(value: string, behind = ''): string {
  if (plain.test(value) && mayStandPlain(value, behind)) return value;
  if (!/'|\\$/.test(value)) return `'${value}'`;
  return `"${value.replaceAll(/[\\"]/g, '\\$&').replaceAll('$', '$$$$')}"`;
}

/**
 * Tells whether a value needs no quotes. A comment starts only after a space, and only after a value: `A= # note` has
 * no comment.
 */
function mayStandPlain(value: string, behind: string): boolean {
  return (
    /^\p{White_Space}*$/u.test(behind) || (value !== '' && /^\p{White_Space}* #/u.test(behind))
  );
}

/** Refuses a variable that no env file can hold, without showing the value: it may be a password. */
export function checkExpressible(name: string, value: string): void {
  const { statements } = scanEnvFile(`${name}=`);
  if (name === '' || statements.length !== 1 || statements[0]?.name !== name) {
    throw new BundleError('usage', {
      operation: 'writing a variable to an env file',
      subject: JSON.stringify(name),
      expected: 'a name of letters, digits and "_"',
      found: 'a name that Compose cannot read',
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
    hint: 'Use another value, for example the same one in base64.',
  });
}
