import { BundleError, type ErrorCode, reasonOf, systemErrorCode } from '@bundle/format';
import { sshFailure } from '../ssh-failure.ts';

/** Codes for an engine that does not answer (errno(3), getaddrinfo(3)) or denies access. */
const unreachable: ReadonlySet<string> = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'EACCES',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPERM',
]);

/** Codes for a connection that broke before the answer was complete. */
const cut: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Converts any failure of a request to the engine at `host` into the error shown to the user. */
export function engineError(
  error: unknown,
  operation: string,
  host: string,
  code: ErrorCode,
): unknown {
  if (error instanceof BundleError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new BundleError('interrupted', { operation, subject: host, cause: error });
  }
  const system = systemErrorCode(error) ?? '';
  const way = wayFailure(error, system, host);
  if (way !== undefined) {
    return new BundleError('engine-unreachable', {
      operation: 'reaching the Docker engine at',
      subject: host,
      ...way,
      cause: error,
    });
  }
  // docker-modem puts "(HTTP code 409) conflict - " before the engine's own words.
  const found =
    reasonOf(error)
      .replace(/^\(HTTP code \d+\) [^-]*- /, '')
      .trim() || system;
  if (/no space left on device/i.test(found)) {
    return new BundleError('no-space', {
      operation,
      subject: host,
      found,
      hint: 'Free space in the engine’s data folder (see `docker system df`), then run the command again.',
      cause: error,
    });
  }
  return new BundleError(code, {
    operation,
    subject: host,
    found,
    hint:
      code === 'image-pull-failed'
        ? 'Check the image’s name, and that the engine reaches its registry and may pull it there (docker login).'
        : failureHint(reasonOf(error)),
    cause: error,
  });
}

function failureHint(found: string): string {
  return /zstd compression is not supported for docker images/.test(found)
    ? 'podman cannot save an image that it got from a bundle: export it where it was built, or with --from registry.'
    : 'See the engine’s own log for more.';
}

/** Returns why the engine was not reached; undefined if it answered. */
function wayFailure(
  error: unknown,
  system: string,
  host: string,
): { readonly found: string; readonly hint: string } | undefined {
  const ssh = sshFailure(error, host);
  if (ssh !== undefined) return ssh;
  // If a name has several addresses, Node reports only the code.
  const found = opensslWords(reasonOf(error)) || system;
  if (/client sent an HTTP request to an HTTPS server/i.test(found)) {
    const hint =
      'The engine speaks TLS: set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem.';
    return { found: 'an engine that accepts only TLS connections', hint };
  }
  const tls = tlsHint(system);
  if (tls !== undefined) return { found, hint: tls };
  if (cut.has(system)) {
    const hint =
      'The engine stopped, or the connection to it was lost. Check that the engine is running, then run the command again.';
    return { found: `a connection that was cut (${found})`, hint };
  }
  if (!unreachable.has(system)) return undefined;
  if (host.startsWith('unix://') && (system === 'EACCES' || system === 'EPERM')) {
    const hint =
      'Only root and the members of the group docker may use this socket: run the command with sudo, or let an administrator add you to the group (`usermod -aG docker USER`) and log in again.';
    return { found, hint };
  }
  const hint =
    'Start the engine, or choose another with --docker-host, DOCKER_HOST or a docker context.';
  return { found, hint };
}

/** Returns only the message of a line of OpenSSL's error queue: "tlsv13 alert certificate required". */
function opensslWords(reason: string): string {
  return /:SSL routines:[^:]*:([^:]+):/.exec(reason)?.[1] ?? reason;
}

/** Returns the hint for an OpenSSL error code as Node names it (tls.html, X509 certificate error codes). */
function tlsHint(system: string): string | undefined {
  if (/^(ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|EPROTO)$/.test(system)) {
    return 'The engine does not speak TLS at this address: check the port, or use tcp:// without DOCKER_TLS_VERIFY.';
  }
  if (/^ERR_SSL_.*ALERT/.test(system)) {
    return 'The engine does not accept this client: check that cert.pem and key.pem (in DOCKER_CERT_PATH, or in the docker context) are signed by the authority that the engine trusts, and have not expired.';
  }
  if (system === 'ERR_TLS_CERT_ALTNAME_INVALID' || system === 'HOSTNAME_MISMATCH') {
    return 'The engine’s certificate is for another name: use an address named in the certificate.';
  }
  if (
    /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|ERR_SSL_|ERR_OSSL_|ERR_TLS_)/.test(system)
  ) {
    return 'The engine’s certificate cannot be trusted: check that ca.pem (in DOCKER_CERT_PATH, or in the docker context) is the authority that signed it, and that it has not expired. If it worked before, do not continue.';
  }
  return undefined;
}
