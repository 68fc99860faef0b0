import { z } from 'zod';
import type { Mount } from './mounts.ts';
import { type Lookup, tryInterpolate } from './template.ts';

const volume = z.union([
  z.string(),
  z.looseObject({ source: z.string().optional(), target: z.string().optional() }),
]);
const definitions = z.record(z.string(), z.looseObject({ file: z.string().nullish() }).nullable());
const schema = z.looseObject({
  services: z.record(z.string(), z.looseObject({ volumes: z.array(volume).nullish() }).nullable()),
  configs: definitions.nullish(),
  secrets: definitions.nullish(),
});

export interface WrittenVolume {
  readonly source: string | undefined;
  readonly target: string;
  readonly mode: string | undefined;
}

/** `[SOURCE:]TARGET[:MODE]` (Compose specification, volumes short syntax); a `:` inside `${…}` is none. */
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

/**
 * The source of a mount as the Compose file has it: with its variables, so without any value of `.env`, and
 * without this machine's folders.
 */
export function writtenSource(document: unknown, mount: Mount, lookup: Lookup): string | undefined {
  const { data } = schema.safeParse(document);
  if (mount.kind === 'config') return data?.configs?.[mount.target]?.file ?? undefined;
  if (mount.kind === 'secret') return data?.secrets?.[mount.target]?.file ?? undefined;
  const services = data?.services ?? {};
  // A service that extends another has its mounts from there.
  const candidates = [services[mount.service], ...Object.values(services)];
  return candidates
    .flatMap((service) => (service?.volumes ?? []).map(asWritten))
    .find(({ source, target }) => source && tryInterpolate(target, lookup) === mount.target)
    ?.source;
}

function asWritten(entry: z.output<typeof volume>): WrittenVolume {
  if (typeof entry === 'string') return splitShortVolume(entry);
  return { source: entry.source, target: entry.target ?? '', mode: undefined };
}
