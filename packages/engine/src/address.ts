import { BundleError } from '@bundle/format';

/** The address of an engine, parsed from text such as DOCKER_HOST. */
export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  /** `port` is absent if the text names none: the default depends on TLS. `secure`: the text itself asks for TLS. */
  | {
      readonly kind: 'tcp';
      readonly secure: boolean;
      readonly host: string;
      readonly port?: string;
    }
  /** `path`: the engine's socket on that host, unless docker finds it there by itself. */
  | {
      readonly kind: 'ssh';
      readonly host: string;
      readonly user?: string;
      readonly port?: string;
      readonly path?: string;
    };

const defaultSocket = '/var/run/docker.sock';

/** Parses an engine's address; without a scheme it means tcp, as in docker. Fails with `usage`. */
export function parseAddress(text: string): Address {
  const [scheme = '', rest] = text.includes('://') ? text.split('://', 2) : ['tcp', text];
  if (scheme === 'unix') return { kind: 'unix', path: rest || defaultSocket };
  const url = URL.canParse(`${scheme}://${rest}`) ? new URL(`${scheme}://${rest}`) : undefined;
  if (url === undefined || url.hostname === '' || !/^(tcp|https?|ssh):$/.test(url.protocol)) {
    throw unknown(url === undefined ? scheme : `${scheme}://${url.host}`);
  }
  // A URL puts an IPv6 address in brackets; a bare host name has none.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? {} : { port: url.port };
  if (url.password || url.search || url.hash || (scheme !== 'ssh' && url.username)) {
    throw unknown(`${scheme}://${url.host}`, 'a password or more than an address');
  }
  if (scheme !== 'ssh') return { kind: 'tcp', secure: scheme === 'https', host, ...port };
  return {
    kind: 'ssh',
    host,
    ...port,
    ...(url.username ? { user: decodeURIComponent(url.username) } : {}),
    ...(/[^/]/.test(url.pathname) ? { path: decodeURIComponent(url.pathname) } : {}),
  };
}

/** Makes the error for an unknown address; `subject` must hold no user and no password. */
function unknown(subject: string, found?: string): BundleError {
  return new BundleError('usage', {
    operation: 'reading the engine address',
    subject,
    expected:
      'unix://PATH, tcp://HOST:PORT, https://HOST:PORT or ssh://[USER@]HOST[:PORT][/SOCKET]',
    ...(found === undefined ? {} : { found }),
    hint: 'Correct --docker-host, DOCKER_HOST or the docker context.',
  });
}
