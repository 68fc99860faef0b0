import { isSecretName } from '@bundle/host/settings';
import type { IEnvVar } from 'kubernetes-models/v1';
import { dockerDns, namesDockerDns } from './docker-dns.ts';
import type { Findings } from './findings.ts';
import type { SecretKeys } from './secret-keys.ts';
import { expandedText, hasSecret, isNoSecret, looksSecret, onlySecret } from './secret-text.ts';

/** Names that the kubelet accepts for variables from a ConfigMap, whatever its release. */
const validName = /^[-._A-Za-z][-._A-Za-z0-9]{0,252}$/;

/** One variable of a service, with its place in the Compose file. */
export interface Assigned {
  readonly name: string;
  readonly value: string;
  readonly path: readonly PropertyKey[];
  /** Whether somebody has to fill it in. */
  readonly isOpen?: boolean;
  /** Whether its comment calls it secret. */
  readonly isSecret?: boolean;
}

/** The variables of a container: plain ones for a ConfigMap, and those with secrets. */
export class ContainerEnvironment {
  /** Plain values, taken literally. */
  readonly plain: Record<string, string> = {};
  readonly #service: string;
  readonly #secrets: SecretKeys;
  readonly #names: Set<string>;
  /** Variables that hold a secret, by the name of its key. */
  readonly #ofKey = new Map<string, string>();
  readonly #composed = new Map<string, string>();

  constructor(
    service: string,
    assigned: readonly Assigned[],
    secrets: SecretKeys,
    findings: Findings,
  ) {
    this.#service = service;
    this.#secrets = secrets;
    this.#names = new Set(assigned.map(({ name }) => name));
    for (const one of assigned) {
      if (namesDockerDns(one.value)) findings.changed(one.path, dockerDns);
      if (validName.test(one.name)) this.#add(one);
      else findings.notMapped(one.path, 'Kubernetes does not accept this name of a variable');
    }
  }

  #add({ name, value, isOpen = false, isSecret: isMarked = false }: Assigned): void {
    const place = `${this.#service}: ${name}`;
    const whole = onlySecret(value);
    if (whole !== undefined) {
      const key = this.#secrets.use(whole, place);
      // A second variable with the same secret refers to the first.
      if (this.#ofKey.has(key)) this.#composed.set(name, value);
      else this.#ofKey.set(key, name);
    } else if (hasSecret(value)) this.#composed.set(name, value);
    else if (isMarked || isSecret(name, value, isOpen)) {
      this.#ofKey.set(this.#secrets.use(`${this.#service}.${name}`, place), name);
    } else this.plain[name] = value;
  }

  /** Returns the variable that holds a secret; adds one where the service has none. */
  variable(secret: string, place: string, wanted = secret): string {
    const key = this.#secrets.use(secret, `${this.#service}: ${place}`);
    const known = this.#ofKey.get(key);
    if (known !== undefined) return known;
    const name = this.#names.has(wanted) ? `COMPOSE_${wanted}` : wanted;
    this.#ofKey.set(key, name);
    return name;
  }

  /** Lists the variables that are not plain. Those that others refer to come first, as Kubernetes needs it. */
  list(): IEnvVar[] {
    const composed = [...this.#composed].map(([name, value]) => ({
      name,
      value: expandedText(value, (secret) => this.variable(secret, name)),
    }));
    const secret = [...this.#ofKey].map(([key, name]) => ({
      name,
      valueFrom: { secretKeyRef: { name: this.#secrets.name, key } },
    }));
    return [...secret, ...composed];
  }
}

function isSecret(name: string, value: string, isOpen: boolean): boolean {
  if (looksSecret(value)) return true;
  return isSecretName(name) && (!isNoSecret(name, value) || (isOpen && value === ''));
}
