import type { IPersistentVolumeClaim } from 'kubernetes-models/v1';
import type { Labels } from './labels.ts';
import { dnsLabel, shortHash } from './names.ts';

/** The claims of an application; services that share a volume share its claim. */
export class Claims {
  readonly #claims = new Map<string, { name: string; isOwn: boolean; services: Set<string> }>();
  readonly #size: string;
  readonly #storageClass: string | undefined;

  constructor(size: string, storageClass: string | undefined) {
    this.#size = size;
    this.#storageClass = storageClass;
  }

  /** Returns the name of the claim for a volume; `isOwn`: the manifests make it. */
  use(key: string, wanted: string, service: string, isOwn = true): string {
    const known = this.#claims.get(key);
    if (known !== undefined) {
      known.services.add(service);
      return known.name;
    }
    const label = dnsLabel(wanted);
    const isTaken = [...this.#claims.values()].some(({ name }) => name === label);
    const name = isTaken ? dnsLabel(`${label}-${shortHash(key)}`) : label;
    this.#claims.set(key, { name, isOwn, services: new Set([service]) });
    return name;
  }

  /** Lists the claims that several services share. */
  shared(): { name: string; services: string[] }[] {
    return [...this.#claims.values()]
      .filter(({ services }) => services.size > 1)
      .map(({ name, services }) => ({ name, services: [...services] }));
  }

  objects(labels: Labels): IPersistentVolumeClaim[] {
    return [...this.#claims.values()]
      .filter(({ isOwn }) => isOwn)
      .map(({ name }) => ({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name, labels },
        spec: {
          accessModes: ['ReadWriteOnce'],
          ...(this.#storageClass === undefined ? {} : { storageClassName: this.#storageClass }),
          resources: { requests: { storage: this.#size } },
        },
      }));
  }
}
