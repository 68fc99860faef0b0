import { isSecretName } from '@bundle/host/settings';

/** Begins and ends the name of a secret in a text; no YAML file of an application has it. */
const mark = '\u0000';

/** A text in which names stand for the values of secrets. */
export type Segment = string | { readonly secret: string };

/** Stands for the value of a secret variable while a Compose file is interpolated. */
export function secretMark(name: string): string {
  return `${mark}${name}${mark}`;
}

/** Removes from a text from outside what would stand for a secret. */
export function withoutMarks(text: string): string {
  return text.replaceAll(mark, '');
}

export function hasSecret(text: string): boolean {
  return text.includes(mark);
}

/** Splits a text at the secrets in it. */
export function segmentsOf(text: string): Segment[] {
  return text
    .split(mark)
    .map((part, index): Segment => (index % 2 === 0 ? part : { secret: part }))
    .filter((part) => part !== '');
}

/** Returns the name of the secret that a text consists of; undefined for any other text. */
export function onlySecret(text: string): string | undefined {
  const [first, ...more] = segmentsOf(text);
  return typeof first === 'object' && more.length === 0 ? first.secret : undefined;
}

/** Shows a text with the names of its secrets: `postgres://app:${DB_PASSWORD}@db`. */
export function shownText(text: string): string {
  return segmentsOf(text)
    .map((part) => (typeof part === 'string' ? part : `\${${part.secret}}`))
    .join('');
}

/**
 * Writes a text as `command`, `args` or the value of a variable have it, where Kubernetes replaces `$(NAME)` and takes
 * `$$` for `$`. Secrets become `$(NAME)`; `variable` gives the name.
 */
export function expandedText(text: string, variable: (secret: string) => string): string {
  const segments = segmentsOf(text);
  // A `$` before a reference would escape it.
  if (segments.some((part) => typeof part === 'object')) {
    return segments
      .map((part) =>
        typeof part === 'string' ? part.replaceAll('$', '$$$$') : `$(${variable(part.secret)})`,
      )
      .join('');
  }
  return text.replaceAll(/\$+(?=\()|\${2,}/g, (dollars) => dollars + dollars);
}

const urlPassword = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`]{0,100}:[^\s/@"'`]{1,200}@/i;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Tells whether a text holds a secret by its form: a private key, or a URL with a password. */
export function looksSecret(text: string): boolean {
  return urlPassword.test(text) || privateKey.test(text);
}

/** Tells whether a word of a command holds a fixed secret: by its form, or as the value of an option such as `--token=x`. */
export function isSecretWord(word: string): boolean {
  if (hasSecret(word)) return false;
  if (looksSecret(word)) return true;
  return [...word.matchAll(/(?:^|[\s"'])--?([A-Za-z][\w.-]*)=["']?([^\s"']+)/g)].some(
    ([, option = '', value = '']) => {
      const name = option.replaceAll(/[.-]/g, '_');
      return isSecretName(name) && !isNoSecret(name, value) && !value.startsWith('$');
    },
  );
}

/** Tells whether a file holds nothing but a secret, by its name: `db_password.txt`, `api-token`. */
export function isSecretFile(path: string): boolean {
  const [, name = '', ending = ''] = /([^/]*?)(\.[^./]*)?$/.exec(path) ?? [];
  const isPlain = /^(?:\.(?:txt|secret|password|passwd|pass|token))?$/i.test(ending);
  return isPlain && isSecretName(name.replaceAll(/[.-]/g, '_'));
}

/** Tells whether a value only says where a secret is, or is a switch. */
export function isNoSecret(name: string, value: string): boolean {
  return (
    value === '' ||
    (/_FILE$/i.test(name) && value.startsWith('/')) ||
    /^(?:true|false|yes|no|on|off|0|1)$/i.test(value)
  );
}
