import parseExpression from 'spdx-expression-parse';

/** Tells whether a licence is stated as SPDX says (SPDX 2.3, annex D), so that documents may repeat it as such. */
export function isSpdxExpression(license: string): boolean {
  try {
    parseExpression(license);
    return true;
  } catch {
    return false;
  }
}
