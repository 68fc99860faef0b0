import { digestOf, hexOf } from '@bundle/format';

/** Most characters of a DNS label, and so of the name of a Service and the value of a label. */
const maxLabel = 63;

/** Most characters of a workload's name: Kubernetes adds a dash and 10 characters to it, in a label. */
const maxWorkload = 52;

/** Returns the first hexadecimal digits of a text's digest. */
export function shortHash(text: string, digits = 8): string {
  return hexOf(digestOf(Buffer.from(text))).slice(0, digits);
}

/**
 * Returns a text as a DNS label (RFC 1035): lower case, digits and dashes, a letter first, at most 63 characters. A label
 * that had to be cut ends with a part of the text's digest.
 */
export function dnsLabel(text: string, longest = maxLabel): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const label = /^[a-z]/.test(plain) ? plain : `x-${plain || shortHash(text)}`;
  if (label.length <= longest) return label;
  return `${label.slice(0, longest - 9).replace(/-+$/, '')}-${shortHash(text)}`;
}

/** Returns the name of the workload of a service. */
export function workloadName(label: string): string {
  return dnsLabel(label, maxWorkload);
}

/** Returns a text as the value of a Kubernetes label. */
export function labelValue(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, maxLabel)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

/**
 * Gives each text a label of its own. One that is a label already keeps it; of others that would share one, all get a
 * part of their digest, so that none depends on the order.
 */
export function uniqueLabels(texts: readonly string[]): Map<string, string> {
  const same = Map.groupBy(texts, (text) => dnsLabel(text));
  return new Map(
    texts.map((text) => {
      const label = dnsLabel(text);
      const isAlone = label === text || (same.get(label) ?? []).length === 1;
      return [text, isAlone ? label : dnsLabel(`${label}-${shortHash(text)}`)];
    }),
  );
}

/** Returns a text as the key of a ConfigMap or Secret; what had to be changed ends with a part of its digest. */
export function dataKey(text: string): string {
  const key = text.replaceAll(/[^-._A-Za-z0-9]/g, '_');
  const isTaken = key !== text || key.length > 200 || key === '.' || key.startsWith('..');
  return isTaken ? `${key.replace(/^\.+/, '').slice(0, 200)}-${shortHash(text)}` : key;
}
