import { linesOf, plain } from './fields.ts';

/** The distribution of an image, as os-release(5) names it: `debian` and `12`. */
export interface Distribution {
  readonly id: string;
  readonly version?: string;
  /** As people name it: `Debian GNU/Linux 12 (bookworm)`. */
  readonly title?: string;
}

/** Reads `etc/os-release`; undefined if it names no distribution. */
export function readOsRelease(bytes: Buffer): Distribution | undefined {
  const fields = new Map<string, string>();
  for (const line of linesOf(bytes)) {
    const [, name, value = ''] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    const text = plain(value.replace(/^(["'])(.*)\1\s*$/, '$2').replace(/\\(["'$`\\])/g, '$1'));
    if (name !== undefined && text !== undefined) fields.set(name, text);
  }
  const id = fields.get('ID');
  if (id === undefined || !/^[a-z0-9._-]+$/.test(id)) return undefined;
  const [version, title] = [fields.get('VERSION_ID'), fields.get('PRETTY_NAME')];
  return { id, ...(version && { version }), ...(title && { title }) };
}
