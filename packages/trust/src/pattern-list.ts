/**
 * Whether a text matches a list of patterns as in PATTERNS of ssh_config(5): separated by commas, `*` and `?` are
 * wildcards, and a pattern after `!` that matches decides against the whole list.
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

/** Takes at most as many steps as both lengths multiplied: patterns are not made into regular expressions. */
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
