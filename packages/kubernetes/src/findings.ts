import { formatDocumentPath } from '@bundle/format';

/** A field of the Compose file that Kubernetes has otherwise, or not at all. */
export interface Unmapped {
  /** Its place, such as `services.web.restart`. */
  readonly path: string;
  readonly why: string;
  /** `changed`: the manifests have something in its place. */
  readonly kind: 'not-mapped' | 'changed';
}

/** Collects what does not map, each place and reason once. */
export class Findings {
  readonly #found = new Map<string, Unmapped>();

  notMapped(path: readonly PropertyKey[], why: string): void {
    this.#add({ path: formatDocumentPath(path), why, kind: 'not-mapped' });
  }

  changed(path: readonly PropertyKey[], why: string): void {
    this.#add({ path: formatDocumentPath(path), why, kind: 'changed' });
  }

  #add(one: Unmapped): void {
    this.#found.set(`${one.path}\n${one.why}`, one);
  }

  /** Returns the findings, sorted by place. */
  sorted(): Unmapped[] {
    return [...this.#found.values()].sort((a, b) =>
      a.path === b.path ? order(a.why, b.why) : order(a.path, b.path),
    );
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : 1;
}
