import { join } from 'node:path';
import { readTextIfThere } from '@bundle/files';
import { BundleError } from '@bundle/format';

/** The PEM files for TLS to an engine, from a folder with docker's file names; a missing file is absent. */
export interface TlsFiles {
  readonly folder?: string;
  /** Authority that must have signed the engine's certificate; by default those of the system. */
  readonly ca?: string;
  /** The client's own certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** Whether to check the engine's certificate. */
  readonly verify: boolean;
}

/** Reads `ca.pem`, `cert.pem` and `key.pem`. Fails with `input-unreadable`, also if only one of the last two exists. */
export async function readTlsFiles(folder: string, verify: boolean): Promise<TlsFiles> {
  const [ca, cert, key] = await Promise.all(
    ['ca', 'cert', 'key'].map((name) => readTextIfThere(join(folder, `${name}.pem`))),
  );
  if ((cert === undefined) !== (key === undefined)) {
    throw new BundleError('input-unreadable', {
      operation: 'reading the client certificate in',
      subject: folder,
      expected: 'cert.pem and key.pem',
      found: `no ${cert === undefined ? 'cert.pem' : 'key.pem'}`,
      hint: 'Copy the missing file there, or name another folder with DOCKER_CERT_PATH.',
    });
  }
  return {
    folder,
    verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}
