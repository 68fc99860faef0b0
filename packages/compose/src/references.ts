import { z } from 'zod';

const strings = z.union([z.string(), z.array(z.string())]);
const schema = z.looseObject({
  include: z.array(z.union([z.string(), z.looseObject({ path: strings.optional() })])).nullish(),
  services: z
    .record(
      z.string(),
      z
        .looseObject({
          extends: z.union([z.string(), z.looseObject({ file: z.string().nullish() })]).nullish(),
          provider: z.unknown().optional(),
          models: z.unknown().optional(),
        })
        .nullable(),
    )
    .nullish(),
});

/** Something outside that a Compose file refers to, and the place of the reference. */
export interface Reference {
  readonly kind: 'include' | 'extends' | 'provider' | 'model';
  /** The file as it is written; for a provider or a model, its service. */
  readonly target: string;
  readonly path: readonly PropertyKey[];
}

/** Lists the files that a Compose file includes or extends, and the services that a provider runs or a model serves. */
export function referencesOf(document: unknown): Reference[] {
  const { data } = schema.safeParse(document);
  const included = (data?.include ?? []).flatMap((entry, index) => {
    const targets = [typeof entry === 'string' ? entry : (entry.path ?? [])].flat();
    return targets.map(
      (target): Reference => ({ kind: 'include', target, path: ['include', index] }),
    );
  });
  const needed = Object.entries(data?.services ?? {}).flatMap(([service, definition]) => {
    const found: Reference[] = [];
    const path = ['services', service];
    if (definition?.provider !== undefined) {
      found.push({ kind: 'provider', target: service, path: [...path, 'provider'] });
    }
    if (definition?.models) {
      found.push({ kind: 'model', target: service, path: [...path, 'models'] });
    }
    const from = definition?.extends;
    if (typeof from === 'object' && typeof from?.file === 'string') {
      found.push({ kind: 'extends', target: from.file, path: [...path, 'extends'] });
    }
    return found;
  });
  return [...included, ...needed];
}

/** Tells whether Compose would fetch a target: an address with a scheme, a Git remote or an OCI artifact. */
export function isRemote(target: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]*:\/\//i.test(target) ||
    /^(?:oci:|git@|github\.com\/)/.test(target) ||
    /^[^/]+@[^/]+:/.test(target) ||
    /\.git(?:#|$)/.test(target)
  );
}
