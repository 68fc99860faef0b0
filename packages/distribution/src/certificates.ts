import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { namesIn, readTextIfThere } from '@bundle/files';

/** Certificates for a registry. */
export interface Certificates {
  /** Authorities that are trusted for this registry only. */
  readonly own: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Reads `*.crt` (authorities) and `*.cert` with `*.key` (of this client) in the folder of a registry, as Docker does.
 * Fails with `input-unreadable`.
 */
export async function certificatesFor(
  host: string,
  folders: readonly string[],
): Promise<Certificates> {
  const own: string[] = [];
  let client: { readonly cert: string; readonly key: string } | undefined;
  for (const folder of folders.map((root) => join(root, host))) {
    for (const name of await namesIn(folder)) {
      const text = async (file: string): Promise<string | undefined> =>
        readTextIfThere(join(folder, file));
      if (name.endsWith('.crt')) own.push((await text(name)) ?? '');
      if (!name.endsWith('.cert')) continue;
      const [cert, key] = [await text(name), await text(name.replace(/cert$/, 'key'))];
      if (cert !== undefined && key !== undefined) client ??= { cert, key };
    }
  }
  return { own, ...client };
}

let known: readonly string[] | undefined;

/** Returns the authorities of Node and those of the system: a company adds its own there. */
export function systemAuthorities(): readonly string[] {
  known ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return known;
}
