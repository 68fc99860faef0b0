import { BundleError } from '@bundle/format';
import { z } from 'zod';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { isLoopback } from './hosts.ts';

/** Access to a repository: `pull`, or `pull` and `push`. */
export interface Scope {
  readonly repository: string;
  readonly push?: boolean;
}

export interface Token {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** A token of a registry that does not say for how long (distribution-spec, token authentication). */
const leastSeconds = 60;

const tokenSchema = z.looseObject({
  token: z.string().min(1).optional(),
  access_token: z.string().min(1).optional(),
  expires_in: z.number().optional(),
});

/** Parses the answer of a token server; undefined if it is not one. */
export function parseToken(body: Buffer, now: number): Token | undefined {
  try {
    const answer = tokenSchema.parse(JSON.parse(body.toString('utf8')));
    const text = answer.token ?? answer.access_token;
    if (text === undefined || !/^[\x21-\x7e]+$/.test(text)) return undefined;
    const seconds = Math.max(answer.expires_in ?? leastSeconds, 0);
    // A little earlier, because the clock starts when the token is made.
    return { text, expires: now + seconds * 900 };
  } catch {
    return undefined;
  }
}

export function scopeText({ repository, push }: Scope): string {
  return `repository:${repository}:pull${push === true ? ',push' : ''}`;
}

export function basicAuthorization({
  username,
  password,
}: Extract<Credentials, { kind: 'password' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** A request for a token. */
export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/**
 * Makes the request for a token of a repository: with name and password, with a token of the user (OAuth 2), or
 * without either for what everybody may read. Fails with `registry-denied` if the registry names a place to which
 * nobody should send a password.
 */
export function tokenRequest(
  { realm, service }: Extract<Challenge, { scheme: 'bearer' }>,
  scopes: readonly Scope[],
  credentials: Credentials | undefined,
  registry: { readonly name: string; readonly isPlain: boolean },
): TokenRequest {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.host));
  if (url === undefined || !(isSafe || (url.protocol === 'http:' && registry.isPlain))) {
    throw new BundleError('registry-denied', {
      operation: 'asking for a token for',
      subject: registry.name,
      expected: 'a token server with TLS',
      found: realm.slice(0, 200),
      hint: 'Ask whoever runs the registry.',
    });
  }
  url.username = '';
  url.password = '';
  if (credentials?.kind === 'identity') {
    const fields = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: credentials.token,
      client_id: 'offline-bundle',
      scope: scopes.map(scopeText).join(' '),
      ...(service === undefined ? {} : { service }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url, headers, body: Buffer.from(fields.toString()) };
  }
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scopeText(scope));
  const headers =
    credentials?.kind === 'password' ? { authorization: basicAuthorization(credentials) } : {};
  return { method: 'GET', url, headers };
}
