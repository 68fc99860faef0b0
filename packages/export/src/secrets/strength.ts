/** Words in values that are no secret: examples, defaults, and things to replace. */
const placeholder =
  /example|change|placeholder|dummy|sample|insecure|default|replace|xxxx|\*{3}|password|passwd|secret|your|my[-_]|todo|fixme|1234|abcd|test|demo|hunter2|qwerty|admin|foobar/i;

/** Length from which a random value is one that nobody types: 12 bytes in base64. */
const leastLength = 16;

/** Bits for each character; 16 random hexadecimal digits have 3 or more, words and dates less. */
const leastEntropy = 3;

/** Tells whether a value was probably generated, so that it is a real secret rather than a default or an example. */
export function looksGenerated(value: string): boolean {
  return (
    value.length >= leastLength &&
    /\d/.test(value) &&
    /[A-Za-z]/.test(value) &&
    !placeholder.test(value) &&
    entropyOf(value) >= leastEntropy
  );
}

/** Tells whether a value in the format of a key or token is one of a manual: `ghp_xxxx…`, `AKIA…EXAMPLE`. */
export function isExample(value: string): boolean {
  return (
    /example|x{4}|\*{3}|\.{3}|0{6}|1234567|abcdefg|your/i.test(value) || entropyOf(value) < 2.5
  );
}

/** Returns Shannon's entropy in bits for each character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
