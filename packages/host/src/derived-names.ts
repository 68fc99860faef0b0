import { suffixed } from './pins.ts';

/** The lasting name of an image that runs in place of the release's: it was rebuilt, or put there by hand. */
export function localName(reference: string, imageId: string): string {
  return suffixed(reference, `local-${imageId.replace(/^sha256:/, '').slice(0, 12)}`);
}

/**
 * The name under which an image stays that a rebuild replaces: `IMAGE-before-YYYYMMDD-HHMMSS`, with a number where that
 * is taken. Two rebuilds may begin within one second, and neither may take a name from the other.
 */
export async function previousName(
  image: string,
  now: Date,
  isTaken: (name: string) => Promise<boolean>,
): Promise<string> {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const first = `before-${stamp}`;
  let name = suffixed(image, first);
  for (let number = 2; await isTaken(name); number += 1)
    name = suffixed(image, `${first}-${number}`);
  return name;
}

/** Whether a name is one that `previousName` gives to an image, or `rebuild.sh`, which repeats the number instead. */
export function isPreviousName(name: string, image?: string): boolean {
  const reference = /^(.*)-before-\d{8}-\d{6}(?:-\d+)*$/.exec(name)?.[1];
  return reference !== undefined && (image === undefined || reference === image);
}

/** The image that a name was derived from by `localName` or `previousName`; undefined for other names. */
export function derivedFrom(name: string): string | undefined {
  return /^(.*)-(?:local-[0-9a-f]{12}|before-\d{8}-\d{6}(?:-\d+)*)$/.exec(name)?.[1];
}
