/**
 * The name under which the image of before stays: `IMAGE-before-YYYYMMDD-HHMMSS`, with a number where that is taken.
 * Two rebuilds may begin within one second, and neither may take a name from the other.
 */
export async function previousName(
  image: string,
  now: Date,
  isTaken: (name: string) => Promise<boolean>,
): Promise<string> {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const first = `${image}-before-${stamp}`;
  let name = first;
  for (let number = 2; await isTaken(name); number += 1) name = `${first}-${number}`;
  return name;
}

/** Whether a name is one that `previousName` gives, or `rebuild.sh`, which repeats the number instead. */
export function isPreviousName(name: string): boolean {
  return /-before-\d{8}-\d{6}(?:-\d+)*$/.test(name);
}
