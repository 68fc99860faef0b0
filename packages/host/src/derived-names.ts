import { suffixed } from './pins.ts';

/** Returns the lasting name of an image that runs in place of the release's: a rebuilt one, or one put there by hand. */
export function localName(reference: string, imageId: string): string {
  return suffixed(reference, `local-${imageId.replace(/^sha256:/, '').slice(0, 12)}`);
}

/**
 * Returns the name for an image that a rebuild replaces: `IMAGE-before-YYYYMMDD-HHMMSS`, with a number added if that
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

/** Tells whether a name was made by `previousName`, or by `rebuild.sh`, which repeats the number instead. */
export function isPreviousName(name: string, image: string): boolean {
  const reference = /^(.*)-before-\d{8}-\d{6}(?:-\d+)*$/.exec(name)?.[1];
  return reference === image;
}

/** Returns the image whose name `localName` or `previousName` extended; undefined for other names. */
export function derivedFrom(name: string): string | undefined {
  return /^(.*)-(?:local-[0-9a-f]{12}|before-\d{8}-\d{6}(?:-\d+)*)$/.exec(name)?.[1];
}
