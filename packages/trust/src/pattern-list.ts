/**
 * Tells whether a text matches a pattern list (PATTERNS in ssh_config(5)): patterns are separated by commas, `*` and
 * `?` are wildcards, and a match of a pattern after `!` rejects the text.
 */
export function matchesPatternList(text: string, list: string): boolean {
  let matched = false;
  for (const item of list.split(',')) {
    const isNegated = item.startsWith('!');
    if (!matchesPattern(text, isNegated ? item.slice(1) : item)) continue;
    if (isNegated) return false;
    matched = true;
  }
  return matched;
}

/**
 * Matches one pattern in at most as many steps as the product of both lengths; regular expressions have no such bound.
 */
function matchesPattern(text: string, pattern: string): boolean {
  let [at, inPattern, star, resumed] = [0, 0, -1, 0];
  while (at < text.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern++;
      resumed = at;
    } else if (pattern[inPattern] === '?' || pattern[inPattern] === text[at]) {
      inPattern++;
      at++;
    } else if (star !== -1) {
      inPattern = star + 1;
      at = ++resumed;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}
