import { createHash, timingSafeEqual } from 'node:crypto';

/** Names and passwords that an endpoint accepts in basic authentication (RFC 7617). */
export interface Credentials {
  /** Tells whether an Authorization header has a name and the password that belongs to it. */
  allow(authorization: string | undefined): boolean;
}

/** Reads lines `NAME:PASSWORD`, skipping empty ones and comments (`#`). Undefined when any line has another form. */
export function parseCredentials(text: string): Credentials | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (lines.length === 0 || !lines.every((line) => /^[^:\s]+:.+$/.test(line))) return undefined;
  const known = lines.map(fingerprint);
  return {
    allow: (authorization) => {
      const encoded = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(authorization ?? '')?.[1];
      if (encoded === undefined) return false;
      const given = fingerprint(Buffer.from(encoded, 'base64').toString('utf8'));
      // Checks all of them, in constant time: the duration reveals nothing about how much was right.
      return known.reduce((found, one) => timingSafeEqual(one, given) || found, false);
    },
  };
}

function fingerprint(pair: string): Buffer {
  return createHash('sha256').update(pair).digest();
}
