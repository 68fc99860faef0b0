import { isIP } from 'node:net';
import { BundleError, type Environment } from '@bundle/format';
import { isListed, isLoopback } from './hosts.ts';

/**
 * Returns the proxy for a request, as Go's programs choose it, and so Docker (golang.org/x/net/http/httpproxy); undefined
 * if the host is reached directly. Fails with `usage` for a variable that has no address.
 */
export function proxyFor(
  { protocol, host, hostname, port }: URL,
  env: Environment,
): string | undefined {
  const isTls = protocol === 'https:';
  const names = isTls ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const name = names.find((one) => env[one]);
  if (name === undefined || isLoopback(host)) return undefined;
  const exceptions = (env['NO_PROXY'] || env['no_proxy'] || '').toLowerCase().split(',');
  const place = { name: hostname, port: port || (isTls ? '443' : '80') };
  if (exceptions.some((entry) => isMeant(place, entry.trim()))) return undefined;
  return addressOf(name, env[name] ?? '');
}

/** A host as in a URL, so in lower case. */
interface Place {
  /** An IPv6 address is in brackets. */
  readonly name: string;
  readonly port: string;
}

/** Tells whether an entry of NO_PROXY means a host. */
function isMeant({ name, port }: Place, entry: string): boolean {
  if (entry === '*') return true;
  // A range of addresses.
  if (entry.includes('/')) return isListed(name, [entry]);
  const [, bracketed, written = entry, wanted] =
    /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  const host = bracketed ?? written.replace(/^\*(?=\.)/, '');
  if (host === '' || (wanted !== undefined && wanted !== port)) return false;
  const kind = isIP(host);
  if (kind !== 0) return isListed(name, [`${host}/${kind === 4 ? 32 : 128}`]);
  // `corp.example` means itself and what is below; `.corp.example` only what is below.
  return name === host || name.endsWith(host.startsWith('.') ? host : `.${host}`);
}

/** Returns the address in a variable; one without a scheme is of HTTP. */
function addressOf(variable: string, text: string): string {
  const address = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(address) && new URL(address).host !== '') return address;
  throw new BundleError('usage', {
    operation: 'reading',
    subject: variable,
    expected: 'the address of a proxy, such as http://proxy.example:3128',
    // It may have a password in it.
    found: 'another text',
    hint: 'Correct or unset the variable.',
  });
}
