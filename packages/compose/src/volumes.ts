import { defined } from '@bundle/format';
import { z } from 'zod';

/** `[SOURCE:]TARGET[:MODE]` as written. */
export interface WrittenVolume {
  readonly source: string | undefined;
  readonly target: string;
  readonly mode: string | undefined;
}

/** Splits a short mount (Compose specification, volumes short syntax); a `:` inside `${…}` does not count. */
export function splitShortVolume(text: string): WrittenVolume {
  const parts: string[] = [''];
  let depth = 0;
  for (const [index, char] of [...text].entries()) {
    if (char === '{' && text[index - 1] === '$') depth++;
    if (char === '}' && depth > 0) depth--;
    if (char === ':' && depth === 0) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${char}`);
  }
  const [first = '', target, mode] = parts;
  return target === undefined
    ? { source: undefined, target: first, mode: undefined }
    : { source: first, target, mode };
}

/** Tells whether the source of a short mount is a host path and not the name of a volume. */
function isPath(source: string): boolean {
  return /^[./~]/.test(source);
}

const written = z.object({
  type: z.string(),
  source: z.string().optional(),
  target: z.string(),
  read_only: z.union([z.boolean(), z.stringbool()]).optional(),
  bind: z
    .looseObject({ create_host_path: z.boolean().optional(), selinux: z.string().optional() })
    .nullish(),
  volume: z.object({ subpath: z.string().nullish() }).nullish(),
});

/** One mount of a service in long form; a short bind mount lets the engine create its source. */
export const longVolume = z.union([
  z.string().transform((text): z.output<typeof written> => {
    const { source, target, mode = '' } = splitShortVolume(text);
    if (source === undefined) return { type: 'volume', target };
    const modes = mode.split(',');
    const read_only = modes.includes('ro');
    const selinux = modes.find((one) => one === 'z' || one === 'Z');
    return isPath(source)
      ? {
          type: 'bind',
          source,
          target,
          read_only,
          bind: { create_host_path: true, ...defined({ selinux }) },
        }
      : { type: 'volume', source, target, read_only };
  }),
  written,
]);
export type ComposeVolume = z.output<typeof longVolume>;
