/** How a registry wants to be asked (RFC 9110, section 11.6.1). */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined };

/** Parses `WWW-Authenticate`; undefined if it has no scheme that this client knows. Bearer is preferred. */
export function parseChallenge(header: string): Challenge | undefined {
  const found = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  // A header may have several challenges; parameters belong to the scheme before them.
  const part = /([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?[\s,]*/gy;
  for (const [, name = '', quoted, plain] of header.trim().matchAll(part)) {
    if (quoted === undefined && plain === undefined) {
      current = new Map();
      if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), current);
    } else {
      current?.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '');
    }
  }
  const bearer = found.get('bearer');
  const realm = bearer?.get('realm');
  if (realm !== undefined) return { scheme: 'bearer', realm, service: bearer?.get('service') };
  return found.has('basic') ? { scheme: 'basic' } : undefined;
}
