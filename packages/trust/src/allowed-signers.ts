import { parseKeyText, wordsOf } from './key-text.ts';
import { isSupported, type PublicKey } from './public-key.ts';
import { parseTimestamp } from './timestamp.ts';
import { readLines } from './trust-file.ts';
import { MalformedError } from './wire.ts';

/** A trusted key, with the principals, purposes and times that it is trusted for. */
export interface TrustedKey {
  readonly key: PublicKey;
  /** Pattern list of the principals that it may sign for, as written. Keys with the same list belong to one signer. */
  readonly principals: string;
  /** Pattern list of the namespaces that it may sign; anything if absent. */
  readonly namespaces?: string;
  readonly validAfter?: Date;
  readonly validBefore?: Date;
}

/**
 * Reads an allowed-signers file (ssh-keygen(1), ALLOWED SIGNERS). Fails with `trust-invalid` at the first line that is
 * not understood: ignoring a restriction would trust more than intended.
 */
export function parseAllowedSigners(text: string, file: string): TrustedKey[] {
  return readLines(text, file, parseLine);
}

function parseLine(line: string): TrustedKey | undefined {
  const [principals, ...rest] = wordsOf(line);
  if (principals === undefined) return undefined;
  if (!/^[\x21-\x7e]+$/.test(principals) || principals.includes('"'))
    throw new MalformedError('a name has quotes or characters other than ASCII');
  const hasOptions = /=|^cert-authority\b/i.test(rest[0] ?? '');
  const options = hasOptions ? parseOptions(rest[0] ?? '') : {};
  const key = parseKeyText(hasOptions ? rest.slice(1) : rest);
  if (!isSupported(key)) throw new MalformedError(`keys of type ${key.type} are not supported`);
  return { key, principals, ...options };
}

type Options = Omit<TrustedKey, 'key' | 'principals'>;

function parseOptions(text: string): Options {
  const found = new Map<string, string>();
  let rest = text;
  while (rest !== '') {
    const [whole, name = '', value = ''] =
      /^([A-Za-z-]+)(?:="([^"]*)")?(?:,(?=.)|$)/.exec(rest) ?? [];
    if (whole === undefined)
      throw new MalformedError(`options that are not understood: ${JSON.stringify(text)}`);
    if (found.has(name.toLowerCase()))
      throw new MalformedError(`the option ${name} is given twice`);
    found.set(name.toLowerCase(), value);
    rest = rest.slice(whole.length);
  }
  for (const name of found.keys()) {
    if (name === 'cert-authority')
      throw new MalformedError('a certificate authority; only keys themselves can be trusted here');
    if (!['namespaces', 'valid-after', 'valid-before'].includes(name))
      throw new MalformedError(`an unknown option ${JSON.stringify(name)}`);
  }
  const namespaces = found.get('namespaces');
  const validAfter = timeOf(found, 'valid-after');
  const validBefore = timeOf(found, 'valid-before');
  if (validAfter !== undefined && validBefore !== undefined && validBefore <= validAfter)
    throw new MalformedError('valid-before is not after valid-after');
  return {
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(validAfter === undefined ? {} : { validAfter }),
    ...(validBefore === undefined ? {} : { validBefore }),
  };
}

function timeOf(options: ReadonlyMap<string, string>, name: string): Date | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  const time = parseTimestamp(text);
  if (time === undefined)
    throw new MalformedError(`${name} is not a time: ${JSON.stringify(text)}`);
  return time;
}
