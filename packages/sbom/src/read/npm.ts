import { z } from 'zod';
import type { Reading } from '../package.ts';
import { Collector } from './fields.ts';

/** What npm reads of a package.json. Old ones state a licence as an object, or as a list of objects. */
const manifestSchema = z.looseObject({
  name: z.string().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
  license: z
    .union([z.string(), z.looseObject({ type: z.string() }).transform(({ type }) => type)])
    .optional()
    .catch(undefined),
});

/** Reads the package.json of an installed package: one right below `node_modules` or a scope in it. */
export function readNpm(bytes: Buffer, path: string): Reading {
  const found = new Collector();
  // As npm reads it: with a byte order mark, which some packages have, and with repeated keys.
  const document: unknown = JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''));
  const { data } = manifestSchema.safeParse(document);
  if (data === undefined) return { packages: [], problems: ['is not an object'] };
  const folder = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1];
  const { name = folder, version, license } = data;
  found.add({ type: 'npm', name: name ?? '', version: version || undefined, license });
  return found.reading();
}
