/** A setting whose name says that its value is secret, or a URL with a password. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
  /** 1-based. */
  readonly line: number;
}

/** Quick test of a line; only matching ones are read further. */
const mayName = /pass|pwd|secret|token|key|credential|:\/\//i;

/** Longer lines are generated code or data; reading them for names takes long and finds nothing. */
const maxLineLength = 2000;

/** A name after a slash is that of an image or a file: `shop/auth-token:1.4`. */
const secretName =
  /(?:^|[^\w./-])((?:[\w.-]{0,60}?)(?:password|passwd|passphrase|pwd|(?<![A-Za-z])pass|secret|token|secret_key_base|(?:api|access|secret|private|encryption|signing|auth|master)[_.-]?key|credentials?))["']?[ \t]{0,8}[:=][ \t]{0,8}(?:"([^"]*)"|'([^']*)'|((?:\$\{[^}]*\}|[^\s"',;}\])])+))/gi;

const urlPassword = /\b([a-z][a-z0-9+.-]{1,20}):\/\/[^\s:/@"'`]{0,100}:([^\s/@"'`]{1,200})@/gi;

/** A line that names an image, whose tag is no value: `image: auth-token:1.4`. */
const namesImage = /^[\s"'-]*(?:image|reference|FROM)["']?(?::[ \t]|[ \t])[^:]*:[^\s:]+$/i;

/** Finds settings with fixed values that their names call secret: `NAME=value`, `NAME: value`, `"name": "value"`. */
export function secretSettings(text: string): Assignment[] {
  return eachLine(text, (content, line) =>
    (namesImage.test(content) ? [] : [...content.matchAll(secretName)]).flatMap(
      ([, name = '', double, single, bare]) => {
        const written = double ?? single ?? bare ?? '';
        const value = fixedPart(written);
        return isReference(value) || isHash(written) ? [] : [{ name: bareName(name), value, line }];
      },
    ),
  );
}

/** Finds passwords in URLs, whatever their scheme. */
export function urlPasswords(text: string): Assignment[] {
  return eachLine(text, (content, line) =>
    [...content.matchAll(urlPassword)].flatMap(([, scheme = '', password = '']) => {
      const value = fixedPart(password);
      return value === '' ? [] : [{ name: `${scheme.toLowerCase()}-url`, value, line }];
    }),
  );
}

function eachLine<T>(text: string, read: (content: string, line: number) => T[]): T[] {
  return text
    .split('\n')
    .flatMap((content, index) =>
      content.length <= maxLineLength && mayName.test(content) ? read(content, index + 1) : [],
    );
}

/** Removes references to variables: what remains is the same on every host. A default in one remains too. */
function fixedPart(value: string): string {
  return value
    .replaceAll(/\$\{\w+(?::?[-=]([^${}]*))?(?:[:?+][^{}]*)?\}/g, (_, standard) => standard ?? '')
    .replaceAll(/\$\w+|\$\(.*?\)|\{\{.*?\}\}|<[^>]*>|%[\w()]+%?/g, '')
    .trim();
}

/** Returns the name of an option without the dashes before it. */
function bareName(name: string): string {
  return name.replace(/^[-.]+/, '');
}

/** Tells whether a value is the hash of a password, in the form of crypt(3); in a Compose file, each `$` is doubled. */
function isHash(value: string): boolean {
  return /^\$\$?[a-z0-9]{1,12}\$/i.test(value);
}

/** Tells whether a value only says where the secret is: a path, a type, a switch, a name. */
function isReference(value: string): boolean {
  if (value.length < 3) return true;
  return /^(?:\.{0,2}\/|[~{[])|^(?:true|false|null|none|string|yes|no|\d+|!.*|&.*|\*.*)$/i.test(
    value,
  );
}
